import type { PipelineReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { StepSign } from "./StepSign.js";
import { stepsDone } from "./pipelineState.js";
import { pipelineWords } from "./words.js";

/** A run's steps as a small row of signs; in words, how many are done. */
export function StepRow({ run }: { run: PipelineReply }) {
  const say = useWords(pipelineWords);
  return (
    <span className="pipeline-row">
      <span className="pipeline-row-signs" aria-hidden="true">
        {run.steps.slice(0, 12).map((step) => (
          <span key={step.id} className="pipeline-row-step" data-status={step.status} title={`${step.id}: ${say(step.status)}`}>
            <StepSign status={step.status} />
          </span>
        ))}
      </span>
      <span className="number pipeline-row-words">{say("stepsDone", { done: stepsDone(run), all: run.steps.length })}</span>
    </span>
  );
}
