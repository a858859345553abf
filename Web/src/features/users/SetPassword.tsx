import { useState } from "react";
import { ask } from "../../api/client.js";
import type { AccountReply } from "../../api/types.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { toast } from "../../ui/toasts.js";
import { userWords } from "./words.js";

export function SetPassword({ user, onClose }: { user: AccountReply; onClose: () => void }) {
  const say = useWords(userWords);
  const [password, setPassword] = useState("");
  const form = useSubmission();
  const submit = () =>
    form.send(async () => {
      await ask("POST /api/users/{user_id}/password", { path: { user_id: user.user_id }, body: { password } });
      toast(say("isSet"));
      onClose();
    });
  return (
    <FormDialog
      title={say("setTitle", { name: user.username })}
      onClose={onClose}
      form={form}
      action={say("setPassword")}
      saidAt={["password"]}
      onSubmit={() => void submit()}
    >
      <p>{say("setHelp")}</p>
      <TextField
        label={say("newPassword")}
        help={say("passwordHelp")}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(form.problem, "password")}
        autoComplete="new-password"
        minLength={6}
        autoFocus
        required
      />
    </FormDialog>
  );
}
