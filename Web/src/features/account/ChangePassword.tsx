import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { isRemembered, signIn } from "../../api/session.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { accountWords } from "./words.js";

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const say = useWords(accountWords);
  const sayUI = useWords(uiWords);
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const reply = await ask("POST /api/auth/password", { body: { current_password: current, new_password: password } });
      // The old token has ended with the others; this browser goes on with the new one.
      signIn(reply.access_token, isRemembered());
      toast(say("changed"));
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={say("changePassword")}
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("changePassword")}
          </Button>
        </>
      }
    >
      <p>{say("changeHelp")}</p>
      {problem && problem.fields.length === 0 && <ProblemNote problem={problem} />}
      <TextField
        label={say("current")}
        type="password"
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        error={saidOf(problem, "current_password")}
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
        error={saidOf(problem, "new_password")}
        autoComplete="new-password"
        minLength={6}
        required
      />
    </Dialog>
  );
}
