import { useState } from "react";
import { ask } from "../../api/client.js";
import { useSubmission } from "../../api/submission.js";
import type { IndexReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { RadioCards } from "../../ui/RadioCards.js";
import { NO_VECTORS, wantedVectors, type VectorDraft } from "./vectorDraft.js";
import { VectorFields } from "./VectorFields.js";
import { indexWords } from "./words.js";

/** Chooses another embedding model for an index, or none. */
export function ChooseEmbedding(props: { index: IndexReply; onClose: () => void; onChanged: () => void }) {
  const { index, onClose, onChanged } = props;
  const say = useWords(indexWords);
  const [foundBy, setFoundBy] = useState<"words" | "meaning">("meaning");
  const [draft, setDraft] = useState<VectorDraft>(NO_VECTORS);
  const form = useSubmission();
  const change = () =>
    form.send(async () => {
      await ask("PATCH /api/indexes/{index_id}", {
        path: { index_id: index.index_id },
        body: foundBy === "words" ? { embed_backend: "" } : wantedVectors(draft),
      });
      onClose();
      onChanged();
    });
  return (
    <FormDialog title={say("changeModelTitle")} onClose={onClose} form={form} action={say("useIt")} onSubmit={() => void change()}>
      <RadioCards
        label={say("foundBy")}
        value={foundBy}
        onChoose={setFoundBy}
        options={[
          { value: "meaning", label: say("byMeaning"), help: say("changeModelHelp") },
          { value: "words", label: say("byWords"), help: say(index.vectors ? "dropVectorsHelp" : "byWordsHelp") },
        ]}
      />
      {foundBy === "meaning" && <VectorFields draft={draft} onChange={(changes) => setDraft((old) => ({ ...old, ...changes }))} />}
    </FormDialog>
  );
}
