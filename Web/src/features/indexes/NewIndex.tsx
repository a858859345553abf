import { useState } from "react";
import { ask } from "../../api/client.js";
import { navigate } from "../../app/router.js";
import { useSubmission } from "../../api/submission.js";
import { useWords } from "../../i18n/words.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { FormDialog } from "../../ui/FormDialog.js";
import { RadioCards } from "../../ui/RadioCards.js";
import { NO_VECTORS, wantedVectors, type VectorDraft } from "./vectorDraft.js";
import { VectorFields } from "./VectorFields.js";
import { indexWords } from "./words.js";

/** Makes an index: its name, and whether passages are found by their meaning too. */
export function NewIndex({ onClose }: { onClose: () => void }) {
  const say = useWords(indexWords);
  const [name, setName] = useState("");
  const [foundBy, setFoundBy] = useState<"words" | "meaning">("words");
  const [vectors, setVectors] = useState<VectorDraft>(NO_VECTORS);
  const form = useSubmission();
  const make = () => {
    if (name.trim() === "") return;
    void form.send(async () => {
      const made = await ask("POST /api/indexes", {
        body: { name: name.trim(), ...(foundBy === "meaning" ? wantedVectors(vectors) : {}) },
      });
      onClose();
      navigate(`/app/indexes/${made.index_id}`);
    });
  };
  const said = saidOf(form.problem, "name");
  return (
    <FormDialog
      title={say("create")}
      onClose={onClose}
      form={form}
      action={say("createIt")}
      saidAt={["name"]}
      onSubmit={make}
    >
      <TextField
        label={say("name")}
        help={say("nameHelp")}
        error={said}
        maxLength={64}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RadioCards
        label={say("foundBy")}
        value={foundBy}
        onChoose={setFoundBy}
        options={[
          { value: "words", label: say("byWords"), help: say("byWordsHelp") },
          { value: "meaning", label: say("byMeaning"), help: say("byMeaningHelp") },
        ]}
      />
      {foundBy === "meaning" && <VectorFields draft={vectors} onChange={(changes) => setVectors((old) => ({ ...old, ...changes }))} />}
    </FormDialog>
  );
}
