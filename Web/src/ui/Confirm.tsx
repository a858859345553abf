import type { ReactNode } from "react";
import { useSubmission } from "../api/submission.js";
import { FormDialog } from "./FormDialog.js";

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
  const { onConfirm, onClose } = props;
  const form = useSubmission();
  const confirm = async () => {
    await onConfirm();
    onClose();
  };
  return (
    <FormDialog
      title={props.title}
      form={form}
      action={props.action}
      look={props.isDanger === false ? "primary" : "danger"}
      dismiss={props.dismiss}
      onSubmit={() => void form.send(confirm)}
      onClose={onClose}
    >
      {props.children}
    </FormDialog>
  );
}
