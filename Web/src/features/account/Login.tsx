import { useState } from "react";
import { showUser } from "../../app/account.js";
import { Link } from "../../app/router.js";
import { ask } from "../../api/client.js";
import { signIn } from "../../api/session.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Checkbox, TextField, saidOf } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Gate } from "./Gate.js";
import { accountWords } from "./words.js";

export default function Login() {
  const say = useWords(accountWords);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [isRemembered, setRemembered] = useState(false);
  const form = useSubmission();

  const submit = () =>
    form.send(async () => {
      const body = { username_or_email: name.trim(), password, remember_me: isRemembered };
      const reply = await ask("POST /api/auth/login", { body });
      // The session's change leads on, to where one was.
      signIn(reply.access_token, isRemembered);
      showUser(reply.user);
    });

  return (
    <Gate
      title={say("welcome")}
      onSubmit={() => void submit()}
      foot={
        <>
          {say("noAccount")} <Link to={`/app/register${location.search}`}>{say("register")}</Link>
        </>
      }
    >
      {form.problem && <ProblemNote problem={form.problem} saidAt={["username_or_email", "password"]} />}
      <TextField
        label={say("name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={saidOf(form.problem, "username_or_email")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        required
      />
      <TextField
        label={say("password")}
        type="password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(form.problem, "password")}
        autoComplete="current-password"
        required
      />
      <Checkbox label={say("remember")} checked={isRemembered} onChange={(event) => setRemembered(event.currentTarget.checked)} />
      <Button type="submit" look="primary" isBusy={form.isBusy}>
        {say("signIn")}
      </Button>
    </Gate>
  );
}
