import { useState } from "react";
import { ask, asProblem, open } from "../../api/client.js";
import { Problem } from "../../api/problem.js";
import { readEvents } from "../../api/sse.js";
import type { ListedModelReply, MergeEvent, ModelReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { TextField } from "../../ui/Field.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress } from "../../ui/State.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { modelWords } from "./words.js";

/** Makes one model of an adapter and its base; closing the dialog ends nothing, and asking again joins in. */
export function MergeModel(props: { model: ListedModelReply; onClose: () => void; onMerged: (merged: ModelReply) => void }) {
  const say = useWords(modelWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const [name, setName] = useState("");
  const [told, setTold] = useState<MergeEvent>();
  const [problem, setProblem] = useState<Problem>();
  const isBusy = told !== undefined;

  const merge = async () => {
    if (isBusy) return;
    setProblem(undefined);
    setTold({});
    try {
      const merged = await follow(props.model.name, name.trim(), setTold);
      toast(say("mergedIt", { name: merged.name }));
      props.onMerged(merged);
    } catch (error) {
      setTold(undefined);
      setProblem(asProblem(error));
    }
  };
  // The stream then ends with what became of the merge.
  const stop = () => ask("DELETE /api/models/{name}/merge", { path: { name: props.model.name } }).catch((error) => setProblem(asProblem(error)));
  const share = told?.total ? Math.min(1, (told.done ?? 0) / told.total) : undefined;
  const line = told && [
    say(`merge_${told.phase ?? "merging"}`),
    told.total && told.done ? say("ofSize", { done: format.bytes(told.done), size: format.bytes(told.total) }) : "",
  ];
  return (
    <Dialog
      title={say("mergeIt", { name: props.model.name })}
      onClose={props.onClose}
      onSubmit={() => void merge()}
      actions={
        <>
          {/* Before the first word of it there may be nothing to stop yet. */}
          {told?.phase && (
            <Button look="danger" icon="stop" onClick={() => void stop()}>
              {say("mergeStop")}
            </Button>
          )}
          <Button onClick={props.onClose}>{isBusy ? sayUI("close") : sayUI("cancel")}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("merge")}
          </Button>
        </>
      }
    >
      <p>{say("mergeHelp")}</p>
      <TextField
        label={say("mergeName")}
        help={say("mergeNameHelp", { name: `${props.model.name}-merged` })}
        value={name}
        maxLength={100}
        disabled={isBusy}
        onChange={(event) => setName(event.target.value)}
      />
      {line && (
        <div className="model-merge" role="status">
          <span className="page-sub number">{line.filter(Boolean).join(" · ")}</span>
          <Progress label={say("merge")} value={share} />
          <p className="page-sub">{say("mergeGoesOn")}</p>
        </div>
      )}
      {problem && <ProblemNote problem={problem} />}
    </Dialog>
  );
}

/** The merged model; `tell` gets what is news. */
async function follow(model: string, name: string, tell: (event: MergeEvent) => void): Promise<ModelReply> {
  const answer = await open("POST /api/models/{name}/merge", { path: { name: model }, body: name ? { name } : {} });
  if (answer.body) {
    for await (const event of readEvents(answer.body)) {
      const said = JSON.parse(event.data) as MergeEvent;
      if (event.event !== "end") {
        tell(said);
        continue;
      }
      if (said.model) return said.model;
      throw new Problem(said.code ?? "failed", said.problem ?? "", 0, said.hint ?? undefined);
    }
  }
  throw new Problem("answer_cut", "The connection ended before the merge did; it goes on.", 0, "Ask again.");
}
