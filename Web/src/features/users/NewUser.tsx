import { useState } from "react";
import { ask } from "../../api/client.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { saidOf, Select, TextField } from "../../ui/Field.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { toast } from "../../ui/toasts.js";
import { userWords } from "./words.js";

export function NewUser({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const say = useWords(userWords);
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<"user" | "admin">("user");
  const form = useSubmission();
  const submit = () =>
    form.send(async () => {
      const made = await ask("POST /api/users", { body: { username: username.trim(), email: email.trim(), password, role } });
      onMade();
      toast(say("made", { name: made.username }));
      onClose();
    });
  return (
    <FormDialog
      title={say("newUser")}
      onClose={onClose}
      form={form}
      action={say("make")}
      saidAt={["username", "email", "password"]}
      onSubmit={() => void submit()}
    >
      <TextField
        label={say("username")}
        help={say("nameHelp")}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        error={saidOf(form.problem, "username")}
        autoComplete="off"
        autoFocus
        required
      />
      <TextField
        label={say("email")}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={saidOf(form.problem, "email")}
        autoComplete="off"
        required
      />
      <TextField
        label={say("password")}
        help={say("passwordHelp")}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(form.problem, "password")}
        autoComplete="new-password"
        minLength={6}
        required
      />
      <Select label={say("role")} value={role} onChange={(event) => setRole(event.currentTarget.value === "admin" ? "admin" : "user")}>
        <option value="user">{say("user")}</option>
        <option value="admin">{say("admin")}</option>
      </Select>
    </FormDialog>
  );
}
