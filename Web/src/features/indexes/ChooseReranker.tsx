import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { IndexReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { Select, TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { NO_RERANKER, wantedReranker } from "./rerankDraft.js";
import { indexWords } from "./words.js";

/** Chooses the reranker of an index. */
export function ChooseReranker(props: { index: IndexReply; onClose: () => void; onChanged: () => void }) {
  const { index, onClose, onChanged } = props;
  const say = useWords(indexWords);
  const sayUI = useWords(uiWords);
  const config = useResource("GET /api/config", {});
  const [draft, setDraft] = useState(NO_RERANKER);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const { backend } = draft;
  const change = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await ask("PATCH /api/indexes/{index_id}", { path: { index_id: index.index_id }, body: wantedReranker(draft) });
      onClose();
      onChanged();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const text = (field: "address" | "model" | "key") => ({
    value: draft[field],
    autoComplete: "off",
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) => setDraft({ ...draft, [field]: event.currentTarget.value }),
  });
  return (
    <Dialog
      title={say("order")}
      onClose={onClose}
      onSubmit={() => void change()}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("useIt")}
          </Button>
        </>
      }
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
      {problem && <ProblemNote problem={problem} />}
    </Dialog>
  );
}
