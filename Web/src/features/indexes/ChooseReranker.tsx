import { useState } from "react";
import { ask } from "../../api/client.js";
import { useResource } from "../../api/resource.js";
import type { IndexReply } from "../../api/types.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { Select, TextField } from "../../ui/Field.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { NO_RERANKER, wantedReranker } from "./rerankDraft.js";
import { indexWords } from "./words.js";

/** Chooses the reranker of an index. */
export function ChooseReranker(props: { index: IndexReply; onClose: () => void; onChanged: () => void }) {
  const { index, onClose, onChanged } = props;
  const say = useWords(indexWords);
  const config = useResource("GET /api/config", {});
  const [draft, setDraft] = useState(NO_RERANKER);
  const form = useSubmission();
  const { backend } = draft;
  const change = () =>
    form.send(async () => {
      await ask("PATCH /api/indexes/{index_id}", { path: { index_id: index.index_id }, body: wantedReranker(draft) });
      onClose();
      onChanged();
    });
  const text = (field: "address" | "model" | "key") => ({
    value: draft[field],
    autoComplete: "off",
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) => setDraft({ ...draft, [field]: event.currentTarget.value }),
  });
  return (
    <FormDialog
      title={say("order")}
      onClose={onClose}
      form={form}
      action={say("useIt")}
      onSubmit={() => void change()}
    >
      <Select
        label={say("reranker")}
        help={backend === "address" ? say("rerankAddressHelp") : backend === "mock" ? say("backendMockHelp") : undefined}
        value={backend}
        onChange={(event) => setDraft({ ...draft, backend: event.currentTarget.value })}
      >
        <option value="">{say("notReranked")}</option>
        {config.data?.preset_models.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
        <option value="address">{say("rerankAddress")}</option>
        <option value="mock">{say("backendMock")}</option>
      </Select>
      {backend === "address" && <TextField label={say("backendURL")} type="url" placeholder="http://gpu1:8080/v1" {...text("address")} />}
      {backend !== "" && backend !== "mock" && <TextField label={say("rerankModel")} help={say("rerankModelHelp")} {...text("model")} />}
      {backend === "address" && <TextField label={say("backendKey")} help={say("backendKeyHelp")} type="password" {...text("key")} />}
    </FormDialog>
  );
}
