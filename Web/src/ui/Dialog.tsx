import { useId, useLayoutEffect, useRef, type FormEvent, type ReactNode } from "react";
import { useWords } from "../i18n/words.js";
import { IconButton } from "./Button.js";
import { uiWords } from "./words.js";

/** A dialog over the page; the focus goes in and comes back by itself, Escape and the ground close it. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
  /** Makes it a form. */
  onSubmit?: () => void;
  isWide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const say = useWords(uiWords);
  // Closed while it still stands in the page: only then does the browser give the focus back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
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
    <dialog
      ref={dialog}
      className={props.isWide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) props.onClose();
      }}
    >
      {props.onSubmit ? (
        <form onSubmit={submit} noValidate>
          {content}
        </form>
      ) : (
        <div>{content}</div>
      )}
    </dialog>
  );
}
