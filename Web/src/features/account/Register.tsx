import { useEffect, useState } from "react";
import { showUser } from "../../app/account.js";
import { Link } from "../../app/router.js";
import { ask } from "../../api/client.js";
import { signIn } from "../../api/session.js";
import { useSubmission } from "../../api/submission.js";
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
  const form = useSubmission();

  const rules = {
    username: [
      { text: say("ruleName"), isMet: username.length >= 3 && username.length <= 20 },
      { text: say("ruleSigns"), isMet: /^[A-Za-z0-9_.-]+$/.test(username) },
    ],
    email: [{ text: say("ruleEmail"), isMet: /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim()) }],
    password: [{ text: say("rulePassword"), isMet: [...password].length >= 6 }],
  };
  // The server tells of the first thing only that is wrong: every field that is not yet as it has to be says so itself.
  const [wasUnmet, setUnmet] = useState(false);
  const isMissed = wasUnmet && form.problem?.status === 422;
  const isUnmet = (field: keyof typeof rules) => isMissed && rules[field].some((rule) => !rule.isMet);
  const invalid = (field: keyof typeof rules) => (isUnmet(field) ? { "aria-invalid": true as const } : {});
  useEffect(() => {
    if (form.problem) document.querySelector<HTMLElement>(".gate-form [aria-invalid]")?.focus();
  }, [form.problem]);

  const submit = () => {
    setUnmet(Object.values(rules).flat().some((rule) => !rule.isMet));
    void form.send(async () => {
      await ask("POST /api/auth/register", { body: { username, email: email.trim(), password } });
      const reply = await ask("POST /api/auth/login", { body: { username_or_email: username, password } });
      signIn(reply.access_token, false);
      showUser(reply.user);
    });
  };

  return (
    <Gate
      title={say("create")}
      onSubmit={submit}
      foot={
        <>
          {say("hasAccount")} <Link to={`/app/login${location.search}`}>{say("signIn")}</Link>
        </>
      }
    >
      {form.problem && !isMissed && <ProblemNote problem={form.problem} saidAt={["username", "email", "password"]} />}
      <TextField
        label={say("username")}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        error={saidOf(form.problem, "username")}
        help={<Rules rules={rules.username} isMissed={isMissed} />}
        {...invalid("username")}
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
        error={saidOf(form.problem, "email")}
        help={<Rules rules={rules.email} isMissed={isMissed} />}
        {...invalid("email")}
        autoComplete="email"
        required
      />
      <TextField
        label={say("password")}
        type={isShown ? "text" : "password"}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={saidOf(form.problem, "password")}
        help={<Rules rules={rules.password} isMissed={isMissed} />}
        {...invalid("password")}
        autoComplete="new-password"
        required
      />
      <Checkbox label={say("showPassword")} checked={isShown} onChange={(event) => setShown(event.currentTarget.checked)} />
      <Button type="submit" look="primary" isBusy={form.isBusy}>
        {say("makeAccount")}
      </Button>
      <p className="field-help">{say("firstIsAdmin")}</p>
    </Gate>
  );
}

/** What a value has to be, ticked as it comes to be it. */
function Rules({ rules, isMissed }: { rules: readonly Rule[]; isMissed: boolean }) {
  const say = useWords(accountWords);
  return (
    <ul className="rules">
      {rules.map((rule) => (
        <li key={rule.text} data-met={rule.isMet} data-missed={isMissed && !rule.isMet}>
          <Icon name={rule.isMet ? "check" : isMissed ? "close" : "minus"} size={12} />
          {rule.text}
          {(rule.isMet || isMissed) && <span className="visually-hidden"> {say(rule.isMet ? "met" : "missed")}</span>}
        </li>
      ))}
    </ul>
  );
}
