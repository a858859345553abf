import { useState } from "react";
import { ask, asProblem, open } from "../../api/client.js";
import { Problem } from "../../api/problem.js";
import { navigate } from "../../app/router.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { RadioCards } from "../../ui/RadioCards.js";
import { save } from "../../ui/save.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { compareWords } from "./words.js";

type Form = "dpo" | "kto";

/** Makes a dataset of the votes, or a file. */
export function TrainingData({ onClose }: { onClose: () => void }) {
  const say = useWords(compareWords);
  const sayUI = useWords(uiWords);
  const [form, setForm] = useState<Form>("dpo");
  const [name, setName] = useState(`votes-${new Date().toISOString().slice(0, 10)}`);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const fileName = `${name.trim() || "votes"}-${form}.jsonl`;
  const tried = async (work: (rows: Blob) => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const rows = await (await open("GET /api/comparisons/export", { query: { format: form } })).blob();
      if (rows.size === 0) throw new Problem("no_rows", say("noRows"), 0);
      await work(rows);
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const make = () =>
    tried(async (rows) => {
      const body = new FormData();
      body.append("file", rows, fileName);
      const { file_id } = await ask("POST /api/files/datasets", { body });
      toast(say("made", { name: fileName }));
      navigate(`/app/datasets/${file_id}`);
    });
  return (
    <Dialog
      title={say("asData")}
      onClose={onClose}
      onSubmit={() => void make()}
      actions={
        <>
          <Button icon="download" onClick={() => void tried(async (rows) => save(rows, fileName))}>
            {say("download")}
          </Button>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("make")}
          </Button>
        </>
      }
    >
      <RadioCards
        label={say("format")}
        value={form}
        options={[
          { value: "dpo", label: say("dpo"), help: say("dpoHelp") },
          { value: "kto", label: say("kto"), help: say("ktoHelp") },
        ]}
        onChoose={(value) => setForm(value)}
      />
      <TextField label={say("fileName")} help={fileName} value={name} maxLength={100} onChange={(event) => setName(event.currentTarget.value)} />
      {problem && <ProblemNote problem={problem} />}
    </Dialog>
  );
}
