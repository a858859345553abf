import { useState } from "react";
import { ask } from "../../api/client.js";
import type { HostReply } from "../../api/types.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { TextField } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { toast } from "../../ui/toasts.js";
import { KEY_COMMAND } from "./Trial.js";
import { hostWords } from "./words.js";

/** A host shows another key than the recorded one: both, and the way to accept the new one by hand. */
export function ChangedKey({ host, canTrust, onChange }: { host: HostReply; canTrust: boolean; onChange: (host: HostReply) => void }) {
  const say = useWords(hostWords);
  const [isAsking, setAsking] = useState(false);
  const offered = host.offered_fingerprint;
  if (!offered) return null;
  return (
    <div className="note note-warn">
      <Icon name="warning" />
      <div className="host-keys">
        <p>
          <strong>{say("changedTitle")}</strong>
        </p>
        <p className="note-hint">{say("changedHelp")}</p>
        <dl className="host-key-pair">
          <dt>{say("recorded")}</dt>
          <dd className="mono">{host.fingerprints.join(" ")}</dd>
          <dt>{say("offered")}</dt>
          <dd className="mono">{offered}</dd>
        </dl>
        {canTrust && (
          <div>
            <Button onClick={() => setAsking(true)}>{say("accept")}</Button>
          </div>
        )}
      </div>
      {isAsking && <TrustDialog host={host} offered={offered} onClose={() => setAsking(false)} onChange={onChange} />}
    </div>
  );
}

/** What the host itself says has to be brought here by a person: a click alone would compare nothing. */
function TrustDialog(props: { host: HostReply; offered: string; onClose: () => void; onChange: (host: HostReply) => void }) {
  const { host, offered } = props;
  const say = useWords(hostWords);
  const [text, setText] = useState("");
  const [isWrong, setWrong] = useState(false);
  const form = useSubmission();
  const accept = () => {
    const given = /SHA256:[A-Za-z0-9+/]{43}/.exec(text)?.[0];
    setWrong(given !== offered);
    if (given !== offered) return;
    void form.send(async () => {
      props.onChange(await ask("POST /api/hosts/{host_id}/trust", { path: { host_id: host.host_id }, body: { fingerprint: given } }));
      toast(say("accepted"));
      props.onClose();
    });
  };
  return (
    <FormDialog
      title={say("acceptTitle", { name: host.name })}
      onClose={props.onClose}
      form={form}
      action={say("acceptDo")}
      look="danger"
      onSubmit={accept}
    >
      <p>{say("acceptHelp")}</p>
      <pre className="code-block" tabIndex={0}>
        {KEY_COMMAND}
      </pre>
      <TextField
        label={say("acceptField")}
        help={say("acceptFieldHelp")}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setWrong(false);
        }}
        error={isWrong ? say("acceptWrong") : undefined}
        autoComplete="off"
        spellCheck={false}
        autoFocus
      />
    </FormDialog>
  );
}
