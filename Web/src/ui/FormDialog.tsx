import type { ReactNode } from "react";
import type { Submission } from "../api/submission.js";
import { useWords } from "../i18n/words.js";
import { Button } from "./Button.js";
import { Dialog } from "./Dialog.js";
import { ProblemNote } from "./ProblemNote.js";
import { uiWords } from "./words.js";

/** A form over the page: its fields, what went wrong as it was sent, and the way out and on. */
export function FormDialog(props: {
  title: string;
  form: Submission;
  /** What the button does, in a word. */
  action: string;
  look?: "primary" | "danger";
  /** What the other button says, where "Cancel" could be misread. */
  dismiss?: string | undefined;
  /** Buttons before the two. */
  more?: ReactNode;
  /** The fields that say what is wrong with them themselves. */
  saidAt?: readonly string[];
  isWide?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const say = useWords(uiWords);
  const { form } = props;
  return (
    <Dialog
      title={props.title}
      {...(props.isWide ? { isWide: true } : {})}
      onClose={props.onClose}
      onSubmit={props.onSubmit}
      actions={
        <>
          {props.more}
          <Button onClick={props.onClose}>{props.dismiss ?? say("cancel")}</Button>
          <Button type="submit" look={props.look ?? "primary"} isBusy={form.isBusy}>
            {props.action}
          </Button>
        </>
      }
    >
      {props.children}
      {form.problem && <ProblemNote problem={form.problem} saidAt={props.saidAt} />}
    </Dialog>
  );
}
