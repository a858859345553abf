import { useState } from "react";
import { ask } from "../../api/client.js";
import type { AccountReply, QuotaFields } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { Select, TextField } from "../../ui/Field.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { toast } from "../../ui/toasts.js";
import { limitOf, storageOf, storageText } from "./limits.js";
import { userWords } from "./words.js";

interface Props {
  readonly user: AccountReply;
  readonly everyone: QuotaFields;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

export function EditUser({ user, everyone, onClose, onSaved }: Props) {
  const say = useWords(userWords);
  const format = useFormat();
  const text = (value: number | null | undefined) => (value == null ? "" : String(value));
  const [role, setRole] = useState(user.role);
  const [storage, setStorage] = useState(storageText(user.quota.storage_bytes));
  const [tasks, setTasks] = useState(text(user.quota.tasks));
  const [perMinute, setPerMinute] = useState(text(user.quota.requests_per_minute));
  const [perDay, setPerDay] = useState(text(user.quota.tokens_per_day));
  const form = useSubmission();
  const quota = {
    storage_bytes: storageOf(storage),
    tasks: limitOf(tasks, 0),
    requests_per_minute: limitOf(perMinute, 1),
    tokens_per_day: limitOf(perDay, 1),
  };
  const submit = () => {
    if (Object.values(quota).some(Number.isNaN)) return;
    void form.send(async () => {
      await ask("PATCH /api/users/{user_id}", { path: { user_id: user.user_id }, body: { role, quota } });
      onSaved();
      toast(say("saved"));
      onClose();
    });
  };
  const others = (limit: string | undefined) => say("everyone", { limit: limit ?? say("noLimit") });
  const number = (limit: number | null | undefined) => (limit == null ? undefined : format.number(limit));
  return (
    <FormDialog
      title={say("editTitle", { name: user.username })}
      onClose={onClose}
      form={form}
      action={say("save")}
      onSubmit={submit}
    >
      <Select label={say("role")} value={role} onChange={(event) => setRole(event.currentTarget.value === "admin" ? "admin" : "user")}>
        <option value="user">{say("user")}</option>
        <option value="admin">{say("admin")}</option>
      </Select>
      <p className="page-sub">{say("limitsHelp")}</p>
      <div className="form-row">
        <TextField
          label={say("storageLimit")}
          inputMode="decimal"
          placeholder={others(everyone.storage_bytes == null ? undefined : format.bytes(everyone.storage_bytes))}
          value={storage}
          onChange={(event) => setStorage(event.currentTarget.value)}
          error={Number.isNaN(quota.storage_bytes) ? say("numberFrom") : undefined}
        />
        <TextField
          label={say("tasksLimit")}
          inputMode="numeric"
          placeholder={others(number(everyone.tasks))}
          value={tasks}
          onChange={(event) => setTasks(event.currentTarget.value)}
          error={Number.isNaN(quota.tasks) ? say("wholeFrom", { n: 0 }) : undefined}
        />
      </div>
      <div className="form-row">
        <TextField
          label={say("perMinute")}
          inputMode="numeric"
          placeholder={others(number(everyone.requests_per_minute))}
          value={perMinute}
          onChange={(event) => setPerMinute(event.currentTarget.value)}
          error={Number.isNaN(quota.requests_per_minute) ? say("wholeFrom", { n: 1 }) : undefined}
        />
        <TextField
          label={say("perDay")}
          inputMode="numeric"
          placeholder={others(number(everyone.tokens_per_day))}
          value={perDay}
          onChange={(event) => setPerDay(event.currentTarget.value)}
          error={Number.isNaN(quota.tokens_per_day) ? say("wholeFrom", { n: 1 }) : undefined}
        />
      </div>
    </FormDialog>
  );
}
