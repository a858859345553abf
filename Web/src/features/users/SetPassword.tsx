import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { AccountReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { userWords } from "./words.js";

export function SetPassword({ user, onClose }: { user: AccountReply; onClose: () => void }) {
  const say = useWords(userWords);
  const sayUI = useWords(uiWords);
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await ask("POST /api/users/{user_id}/password", { path: { user_id: user.user_id }, body: { password } });
      toast(say("isSet"));
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={say("setTitle", { name: user.username })}
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("setPassword")}
          </Button>
        </>
      }
    >
      <p>{say("setHelp")}</p>
      {problem && problem.fields.length === 0 && <ProblemNote problem={problem} />}
      <TextField
        label={say("newPassword")}
        help={say("passwordHelp")}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(problem, "password")}
        autoComplete="new-password"
        minLength={6}
        autoFocus
        required
      />
    </Dialog>
  );
}
