import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { ModelEngineChoice, ModelReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Select } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { modelWords } from "./words.js";

const ENGINES: readonly ModelEngineChoice[] = ["default", "llamafactory", "vllm"];

/** What serves a model of one's own. */
export function Engine({ record, onChange }: { record: ModelReply; onChange: () => void }) {
  const say = useWords(modelWords);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const choose = async (engine: ModelEngineChoice) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ask("PATCH /api/files/models/{model_id}", { path: { model_id: record.model_id }, body: { engine } });
      onChange();
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  return (
    <div className="model-engine">
      <Select
        label={say("engine")}
        help={say("engineHelp")}
        value={record.engine}
        disabled={isBusy}
        onChange={(event) => void choose(event.target.value as ModelEngineChoice)}
      >
        {ENGINES.map((engine) => (
          <option key={engine} value={engine}>
            {say(`engine_${engine}`)}
          </option>
        ))}
      </Select>
      {problem && <ProblemNote problem={problem} />}
    </div>
  );
}
