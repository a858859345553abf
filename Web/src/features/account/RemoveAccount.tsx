import { useState } from "react";
import { ask } from "../../api/client.js";
import { useResource } from "../../api/resource.js";
import { signOut } from "../../api/session.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { TextField } from "../../ui/Field.js";
import { Section } from "../../ui/Page.js";
import { RemovalNote } from "../users/RemovalNote.js";
import { userWords } from "../users/words.js";

/** Ends one's own account, after one has read what goes with it and given the password. */
export function RemoveAccount() {
  const say = useWords(userWords);
  const [isAsking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const quota = useResource("GET /api/auth/quota", isAsking ? {} : undefined);
  return (
    <Section title={say("removeOwn")}>
      <p className="page-sub">{say("removeOwnHelp")}</p>
      <div>
        <Button look="danger" icon="trash" onClick={() => setAsking(true)}>
          {say("removeOwn")}
        </Button>
      </div>
      {isAsking && (
        <Confirm
          title={say("removeOwnTitle")}
          action={say("removeOwn")}
          onClose={() => {
            setAsking(false);
            setPassword("");
          }}
          onConfirm={async () => {
            await ask("POST /api/auth/remove", { body: { password } });
            signOut();
          }}
        >
          {quota.data && <RemovalNote holds={quota.data.holds} />}
          <TextField
            label={say("removeOwnPassword")}
            type="password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            required
          />
        </Confirm>
      )}
    </Section>
  );
}
