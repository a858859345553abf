import { ask, asProblem } from "../../api/client.js";
import type { PipelineReply } from "../../api/types.js";
import { problemLine } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Confirm } from "../../ui/Confirm.js";
import { toast } from "../../ui/toasts.js";
import { pipelineWords } from "./words.js";

export type PipelineQuestion = "cancel" | "remove";

/** Goes on where a run ended; says what went wrong where it cannot. */
export async function resumePipeline(run: PipelineReply, onChange: (now: PipelineReply) => void): Promise<void> {
  try {
    onChange(await ask("POST /api/pipelines/{pipeline_id}/resume", { path: { pipeline_id: run.pipeline_id } }));
  } catch (error) {
    toast(problemLine(asProblem(error)), { isBad: true });
  }
}

/** Asks before a run is cancelled, or forgotten. */
export function PipelineQuestions(props: {
  run: PipelineReply;
  question: PipelineQuestion | undefined;
  onClose: () => void;
  onChange: () => void;
  onRemoved: () => void;
}) {
  const { run, question, onClose, onChange, onRemoved } = props;
  const say = useWords(pipelineWords);
  const path = { pipeline_id: run.pipeline_id };
  if (question === "cancel") {
    return (
      <Confirm
        title={say("cancelTitle", { name: run.name })}
        action={say("cancelDo")}
        dismiss={say("keep")}
        onClose={onClose}
        onConfirm={async () => {
          await ask("POST /api/pipelines/{pipeline_id}/cancel", { path });
          onChange();
        }}
      >
        <p>{say("cancelHelp")}</p>
      </Confirm>
    );
  }
  if (question === "remove") {
    return (
      <Confirm
        title={say("removeTitle", { name: run.name })}
        action={say("remove")}
        onClose={onClose}
        onConfirm={async () => {
          await ask("DELETE /api/pipelines/{pipeline_id}", { path });
          toast(say("removed"));
          onRemoved();
        }}
      >
        <p>{say("removeHelp")}</p>
      </Confirm>
    );
  }
  return null;
}
