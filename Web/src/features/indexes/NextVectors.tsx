import { useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { IndexReply, NextVectorsReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { lastPart } from "../../ui/lastPart.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress, State } from "../../ui/State.js";
import { indexWords } from "./words.js";

/** How far the vectors of another model are: what is found until then, and what can be done about it. */
export function NextVectors({ index, next, onChanged }: { index: IndexReply; next: NextVectorsReply; onChanged: () => void }) {
  const say = useWords(indexWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const isPaused = next.state === "paused";
  const name = next.backend === "mock" ? say("backendMock") : lastPart(next.model);
  const fact = say("hasVectors", { n: format.number(next.embedded), all: format.number(index.passages) });
  const change = async (next_vectors: "pause" | "resume" | "stop") => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ask("PATCH /api/indexes/{index_id}", { path: { index_id: index.index_id }, body: { next_vectors } });
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
    onChanged();
  };
  return (
    <div className="index-next">
      <p className="index-vectors-head">
        <strong title={next.model}>{say("nextModel", { name })}</strong>
        <State tone={isPaused ? "waiting" : next.problem ? "bad" : "running"}>
          {say(isPaused ? "nextPaused" : next.problem ? "vectorsStopped" : "vectorsGoing")}
        </State>
      </p>
      <Progress value={index.passages > 0 ? next.embedded / index.passages : 1} label={`${name}: ${fact}`} />
      <p className="field-help number">{fact}</p>
      <p className="field-help">{say(index.vectors ? "untilThen" : "untilThenWords")}</p>
      {next.problem && (
        <div className="note note-bad">
          <Icon name="warning" />
          <div>
            <p>{sayServer(next.problem)}</p>
            <p className="note-hint">{say("nextAgain")}</p>
          </div>
        </div>
      )}
      {problem && <ProblemNote problem={problem} />}
      <p className="index-choose-next">
        <Button isBusy={isBusy} onClick={() => void change(isPaused ? "resume" : "pause")}>
          {say(isPaused ? "nextResume" : "nextPause")}
        </Button>
        <Button look="quiet" icon="stop" isBusy={isBusy} onClick={() => void change("stop")}>
          {say("nextStop")}
        </Button>
      </p>
    </div>
  );
}
