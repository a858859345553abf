import { useState } from "react";
import { showUser } from "../../app/account.js";
import { Link } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { signIn } from "../../api/session.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Checkbox, TextField, saidOf } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Gate } from "./Gate.js";
import { accountWords } from "./words.js";

interface Rule {
  readonly text: string;
  readonly isMet: boolean;
}

export default function Register() {
  const say = useWords(accountWords);
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isShown, setShown] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const submit = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await ask("POST /api/auth/register", { body: { username, email: email.trim(), password } });
      const reply = await ask("POST /api/auth/login", { body: { username_or_email: username, password } });
      signIn(reply.access_token, false);
      showUser(reply.user);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };

  return (
    <Gate
      title={say("create")}
      onSubmit={() => void submit()}
      foot={
        <>
          {say("hasAccount")} <Link to={`/app/login${location.search}`}>{say("signIn")}</Link>
        </>
      }
    >
      {problem && problem.fields.length === 0 && <ProblemNote problem={problem} />}
      <TextField
        label={say("username")}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        error={saidOf(problem, "username")}
        help={
          <Rules
            rules={[
              { text: say("ruleName"), isMet: username.length >= 3 && username.length <= 20 },
              { text: say("ruleSigns"), isMet: /^[A-Za-z0-9_.-]+$/.test(username) },
            ]}
          />
        }
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        required
      />
      <TextField
        label={say("email")}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={saidOf(problem, "email")}
        help={<Rules rules={[{ text: say("ruleEmail"), isMet: /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim()) }]} />}
        autoComplete="email"
        required
      />
      <TextField
        label={say("password")}
        type={isShown ? "text" : "password"}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(problem, "password")}
        help={<Rules rules={[{ text: say("rulePassword"), isMet: [...password].length >= 6 }]} />}
        autoComplete="new-password"
        required
      />
      <Checkbox label={say("showPassword")} checked={isShown} onChange={(event) => setShown(event.currentTarget.checked)} />
      <Button type="submit" look="primary" isBusy={isBusy}>
        {say("makeAccount")}
      </Button>
      <p className="field-help">{say("firstIsAdmin")}</p>
    </Gate>
  );
}

/** What a value has to be, ticked as it comes to be it. */
function Rules({ rules }: { rules: readonly Rule[] }) {
  const met = useWords(accountWords)("met");
  return (
    <ul className="rules">
      {rules.map((rule) => (
        <li key={rule.text} data-met={rule.isMet}>
          <Icon name={rule.isMet ? "check" : "minus"} size={12} />
          {rule.text}
          {rule.isMet && <span className="visually-hidden"> {met}</span>}
        </li>
      ))}
    </ul>
  );
}
