import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { saidOf, Select, TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { userWords } from "./words.js";

export function NewUser({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const say = useWords(userWords);
  const sayUI = useWords(uiWords);
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<"user" | "admin">("user");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await ask("POST /api/users", { body: { username: username.trim(), email: email.trim(), password, role } });
      onMade();
      toast(say("made", { name: made.username }));
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={say("newUser")}
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("make")}
          </Button>
        </>
      }
    >
      {problem && problem.fields.length === 0 && <ProblemNote problem={problem} />}
      <TextField
        label={say("username")}
        help={say("nameHelp")}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        error={saidOf(problem, "username")}
        autoComplete="off"
        autoFocus
        required
      />
      <TextField
        label={say("email")}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={saidOf(problem, "email")}
        autoComplete="off"
        required
      />
      <TextField
        label={say("password")}
        help={say("passwordHelp")}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(problem, "password")}
        autoComplete="new-password"
        minLength={6}
        required
      />
      <Select label={say("role")} value={role} onChange={(event) => setRole(event.currentTarget.value === "admin" ? "admin" : "user")}>
        <option value="user">{say("user")}</option>
        <option value="admin">{say("admin")}</option>
      </Select>
    </Dialog>
  );
}
