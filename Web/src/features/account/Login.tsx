import { useState } from "react";
import { showUser } from "../../app/account.js";
import { Link } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { signIn } from "../../api/session.js";
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
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const submit = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const body = { username_or_email: name.trim(), password, remember_me: isRemembered };
      const reply = await ask("POST /api/auth/login", { body });
      // The session's change leads on, to where one was.
      signIn(reply.access_token, isRemembered);
      showUser(reply.user);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };

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
      {problem && problem.fields.length === 0 && <ProblemNote problem={problem} />}
      <TextField
        label={say("name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={saidOf(problem, "username_or_email")}
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
        error={saidOf(problem, "password")}
        autoComplete="current-password"
        required
      />
      <Checkbox label={say("remember")} checked={isRemembered} onChange={(event) => setRemembered(event.currentTarget.checked)} />
      <Button type="submit" look="primary" isBusy={isBusy}>
        {say("signIn")}
      </Button>
    </Gate>
  );
}
