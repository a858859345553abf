import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { navigate } from "../../app/router.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { RadioCards } from "../../ui/RadioCards.js";
import { uiWords } from "../../ui/words.js";
import { NO_VECTORS, wantedVectors, type VectorDraft } from "./vectorDraft.js";
import { VectorFields } from "./VectorFields.js";
import { indexWords } from "./words.js";

/** Makes an index: its name, and whether passages are found by their meaning too. */
export function NewIndex({ onClose }: { onClose: () => void }) {
  const say = useWords(indexWords);
  const sayUI = useWords(uiWords);
  const [name, setName] = useState("");
  const [foundBy, setFoundBy] = useState<"words" | "meaning">("words");
  const [vectors, setVectors] = useState<VectorDraft>(NO_VECTORS);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const make = async () => {
    if (isBusy || name.trim() === "") return;
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await ask("POST /api/indexes", {
        body: { name: name.trim(), ...(foundBy === "meaning" ? wantedVectors(vectors) : {}) },
      });
      onClose();
      navigate(`/app/indexes/${made.index_id}`);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const said = saidOf(problem, "name");
  return (
    <Dialog
      title={say("create")}
      onClose={onClose}
      onSubmit={() => void make()}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("createIt")}
          </Button>
        </>
      }
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
      {problem && !said && <ProblemNote problem={problem} />}
    </Dialog>
  );
}
