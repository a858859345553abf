import { useState } from "react";
import { ask } from "../../api/client.js";
import { isRemembered, signIn } from "../../api/session.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { toast } from "../../ui/toasts.js";
import { accountWords } from "./words.js";

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const say = useWords(accountWords);
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const form = useSubmission();
  const submit = () =>
    form.send(async () => {
      const reply = await ask("POST /api/auth/password", { body: { current_password: current, new_password: password } });
      // The old token has ended with the others; this browser goes on with the new one.
      signIn(reply.access_token, isRemembered());
      toast(say("changed"));
      onClose();
    });
  return (
    <FormDialog
      title={say("changePassword")}
      onClose={onClose}
      form={form}
      action={say("changePassword")}
      saidAt={["current_password", "new_password"]}
      onSubmit={() => void submit()}
    >
      <p>{say("changeHelp")}</p>
      <TextField
        label={say("current")}
        type="password"
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        error={saidOf(form.problem, "current_password")}
        autoComplete="current-password"
        autoFocus
        required
      />
      <TextField
        label={say("newPassword")}
        help={say("rulePassword")}
        type="password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(form.problem, "new_password")}
        autoComplete="new-password"
        minLength={6}
        required
      />
    </FormDialog>
  );
}
