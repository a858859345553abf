import { useState } from "react";
import { ask } from "../../api/client.js";
import { useResource } from "../../api/resource.js";
import type { KeyReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { CopyButton } from "../../ui/CopyButton.js";
import { Dialog } from "../../ui/Dialog.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { ListPage } from "../../ui/ListPage.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { Table } from "../../ui/Table.js";
import { toast } from "../../ui/toasts.js";
import "./account.css";
import { accountWords } from "./words.js";

export default function Keys() {
  const say = useWords(accountWords);
  const format = useFormat();
  const keys = useResource("GET /api/auth/keys", {});
  const [isMaking, setMaking] = useState(false);
  const [deleted, setDeleted] = useState<KeyReply>();
  return (
    <ListPage
      title={say("keys")}
      sub={say("keysHelp", { address: `${location.origin}/v1` })}
      parent={{ to: "/app/account", name: say("profile") }}
      all={keys.data?.keys}
      problem={keys.problem}
      reload={keys.reload}
      create={
        <Button look="primary" icon="plus" onClick={() => setMaking(true)}>
          {say("newKey")}
        </Button>
      }
      none={say("noKeys")}
      noneHelp={say("noKeysHelp")}
      dialogs={
        <>
          {isMaking && <NewKey onClose={() => setMaking(false)} onMade={keys.reload} />}
          {deleted && (
            <Confirm
              title={say("deleteKey", { name: deleted.name })}
              action={say("deleteIt")}
              onClose={() => setDeleted(undefined)}
              onConfirm={async () => {
                await ask("DELETE /api/auth/keys/{key_id}", { path: { key_id: deleted.key_id } });
                keys.reload();
                toast(say("deleted"));
              }}
            >
              <p>{say("deleteKeyHelp")}</p>
            </Confirm>
          )}
        </>
      }
    >
      {(list) => (
        <Table
          rows={list}
          keyOf={(key) => key.key_id}
          columns={[
            {
              title: say("keyName"),
              cell: (key) => (
                <>
                  <span className="table-name">{key.name}</span>
                  <span className="table-sub mono">{key.prefix}…</span>
                </>
              ),
            },
            { title: say("limits"), cell: (key) => <Limits of={key} /> },
            { title: say("created"), cell: (key) => format.ago(key.created_at) },
            { title: say("lastUsed"), cell: (key) => (key.last_used_at ? format.ago(key.last_used_at) : say("never")) },
          ]}
          actions={(key) => <IconButton icon="trash" label={`${say("deleteIt")}: ${key.name}`} onClick={() => setDeleted(key)} />}
        />
      )}
    </ListPage>
  );
}

function Limits({ of: key }: { of: KeyReply }) {
  const say = useWords(accountWords);
  const format = useFormat();
  const limits = [
    key.requests_per_minute ? say("limitMinute", { n: format.number(key.requests_per_minute) }) : "",
    key.tokens_per_day ? say("limitDay", { n: format.number(key.tokens_per_day) }) : "",
  ].filter(Boolean);
  return <>{limits.length > 0 ? limits.join(", ") : say("noLimit")}</>;
}

/** A whole number from 1 on, nothing for an empty field, and not a number for what is neither. */
function limit(text: string): number | undefined {
  if (text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 1 ? value : NaN;
}

function NewKey({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const say = useWords(accountWords);
  const [name, setName] = useState("");
  const [perMinute, setPerMinute] = useState("");
  const [perDay, setPerDay] = useState("");
  const form = useSubmission();
  const [made, setMade] = useState<KeyReply>();
  const numbers = [limit(perMinute), limit(perDay)] as const;
  const wrong = (value: number | undefined) => (Number.isNaN(value) ? say("number") : undefined);

  const submit = () => {
    if (numbers.some(Number.isNaN)) return;
    void form.send(async () => {
      const [requests_per_minute, tokens_per_day] = numbers;
      setMade(await ask("POST /api/auth/keys", { body: { name: name.trim(), requests_per_minute, tokens_per_day } }));
      onMade();
    });
  };

  if (made) {
    return (
      <Dialog title={made.name} onClose={onClose} actions={<Button look="primary" onClick={onClose}>{say("done")}</Button>}>
        <p>{say("keyMade")}</p>
        <pre className="code-block" tabIndex={0}>
          {made.key}
        </pre>
        <div>
          <CopyButton text={made.key ?? ""} />
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={say("newKey")}
      onClose={onClose}
      form={form}
      action={say("makeKey")}
      saidAt={["name", "requests_per_minute", "tokens_per_day"]}
      onSubmit={submit}
    >
      <TextField
        label={say("keyName")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={saidOf(form.problem, "name")}
        maxLength={64}
        autoFocus
        required
      />
      <div className="form-row">
        <TextField
          label={say("perMinute")}
          inputMode="numeric"
          placeholder={say("noLimit")}
          value={perMinute}
          onChange={(event) => setPerMinute(event.currentTarget.value)}
          error={wrong(numbers[0]) ?? saidOf(form.problem, "requests_per_minute")}
        />
        <TextField
          label={say("perDay")}
          inputMode="numeric"
          placeholder={say("noLimit")}
          value={perDay}
          onChange={(event) => setPerDay(event.currentTarget.value)}
          error={wrong(numbers[1]) ?? saidOf(form.problem, "tokens_per_day")}
        />
      </div>
    </FormDialog>
  );
}
