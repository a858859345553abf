import { useState, type ReactNode } from "react";
import { asProblem } from "../api/client.js";
import type { Problem } from "../api/problem.js";
import { useWords } from "../i18n/words.js";
import { Button } from "./Button.js";
import { Dialog } from "./Dialog.js";
import { ProblemNote } from "./ProblemNote.js";
import { uiWords } from "./words.js";

/** Asks before something that cannot be taken back; what goes wrong is said in it. */
export function Confirm(props: {
  title: string;
  children: ReactNode;
  /** What the button does, in a word. */
  action: string;
  /** What the other button says, where "Cancel" could be misread. */
  dismiss?: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  isDanger?: boolean;
}) {
  const say = useWords(uiWords);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const confirm = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      onSubmit={() => void confirm()}
      actions={
        <>
          <Button onClick={props.onClose}>{props.dismiss ?? say("cancel")}</Button>
          <Button type="submit" look={props.isDanger === false ? "primary" : "danger"} isBusy={isBusy}>
            {props.action}
          </Button>
        </>
      }
    >
      {props.children}
      {problem && <ProblemNote problem={problem} />}
    </Dialog>
  );
}
