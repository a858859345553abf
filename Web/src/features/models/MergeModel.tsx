import { useState } from "react";
import { ask, asProblem, open } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
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
import { follow } from "./following.js";
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
      const body = name.trim() ? { name: name.trim() } : {};
      const answer = await open("POST /api/models/{name}/merge", { path: { name: props.model.name }, body });
      const merged = await follow(answer, setTold, (end: MergeEvent) => end.model);
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
