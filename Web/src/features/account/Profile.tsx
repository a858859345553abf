import { useState } from "react";
import { useUser } from "../../app/account.js";
import { ask } from "../../api/client.js";
import { signOut } from "../../api/session.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { PageHead, Section, Skeleton } from "../../ui/Page.js";
import { uiWords } from "../../ui/words.js";
import { ChangePassword } from "./ChangePassword.js";
import { Holdings } from "./Holdings.js";
import { RemoveAccount } from "./RemoveAccount.js";
import { accountWords } from "./words.js";

export default function Profile() {
  const say = useWords(accountWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const user = useUser();
  const [isAsking, setAsking] = useState(false);
  const [isChanging, setChanging] = useState(false);
  return (
    <div className="page page-narrow">
      <PageHead title={say("profile")} actions={<ButtonLink to="/app/account/keys" icon="key">{say("keys")}</ButtonLink>} />
      {user ? (
        <dl className="facts card">
          <div>
            <dt>{say("username")}</dt>{" "}
            <dd>{user.username}</dd>
          </div>
          <div>
            <dt>{say("email")}</dt>{" "}
            <dd>{user.email}</dd>
          </div>
          <div>
            <dt>{say("role")}</dt>{" "}
            <dd>{say(user.role)}</dd>
          </div>
          <div>
            <dt>{say("since")}</dt>{" "}
            <dd>{format.dateTime(user.created_at)}</dd>
          </div>
        </dl>
      ) : (
        <Skeleton label={sayUI("loading")} />
      )}
      <Holdings />
      <Section title={say("password")}>
        <p className="page-sub">{say("changeHelp")}</p>
        <div>
          <Button icon="key" onClick={() => setChanging(true)}>
            {say("changePassword")}
          </Button>
        </div>
      </Section>
      <Section title={say("sessions")}>
        <p className="page-sub">{say("sessionsHelp")}</p>
        <div>
          <Button look="danger" icon="logout" onClick={() => setAsking(true)}>
            {say("everywhere")}
          </Button>
        </div>
      </Section>
      <RemoveAccount />
      {isChanging && <ChangePassword onClose={() => setChanging(false)} />}
      {isAsking && (
        <Confirm
          title={say("everywhere")}
          action={say("everywhere")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await ask("POST /api/auth/logout-everywhere");
            signOut();
          }}
        >
          <p>{say("sessionsHelp")}</p>
        </Confirm>
      )}
    </div>
  );
}
