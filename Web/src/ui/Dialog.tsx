import { useId, type FormEvent, type ReactNode } from "react";
import { useWords } from "../i18n/words.js";
import { IconButton } from "./Button.js";
import { Modal } from "./Modal.js";
import { uiWords } from "./words.js";

/** A dialog with a title over the page. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
  /** Makes it a form. */
  onSubmit?: () => void;
  isWide?: boolean;
}) {
  const title = useId();
  const say = useWords(uiWords);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSubmit?.();
  };
  const content = (
    <>
      <div className="dialog-head">
        <h2 id={title}>{props.title}</h2>
        <IconButton icon="close" label={say("close")} onClick={props.onClose} />
      </div>
      <div className="dialog-body">{props.children}</div>
      {props.actions && <div className="dialog-actions">{props.actions}</div>}
    </>
  );
  return (
    <Modal className={props.isWide ? "dialog dialog-wide" : "dialog"} aria-labelledby={title} onClose={props.onClose}>
      {props.onSubmit ? (
        <form onSubmit={submit} noValidate>
          {content}
        </form>
      ) : (
        <div>{content}</div>
      )}
    </Modal>
  );
}
