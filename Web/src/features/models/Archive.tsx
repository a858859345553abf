import { useState } from "react";
import { ask, asProblem, open } from "../../api/client.js";
import { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ArchiveEvent, ModelReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress } from "../../ui/State.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { follow } from "./following.js";
import { RestoreModel } from "./RestoreModel.js";
import { modelWords } from "./words.js";

/** The copy of a model's files in the server's store: made, restored to a host, and deleted. */
export function Archive({ record, onRestored }: { record: ModelReply; onRestored: (model: ModelReply) => void }) {
  const say = useWords(modelWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const path = { model_id: record.model_id };
  const kept = useResource("GET /api/files/models/{model_id}/archive", { path }, ["model.archiving"], 1_000);
  const [told, setTold] = useState<ArchiveEvent>();
  const [problem, setProblem] = useState<Problem>();
  const [question, setQuestion] = useState<"restore" | "remove">();
  const archive = kept.data;
  const isBusy = told !== undefined || archive?.state === "archiving";

  const begin = async () => {
    setProblem(undefined);
    setTold({});
    try {
      const answer = await open("POST /api/files/models/{model_id}/archive", { path });
      kept.show(await follow(answer, setTold, (end: ArchiveEvent) => end.archive));
      toast(say("archivedIt", { name: record.name }));
    } catch (error) {
      const said = asProblem(error);
      // Whoever stopped it knows.
      if (said.code !== "archive_stopped") setProblem(said);
      kept.reload();
    }
    setTold(undefined);
  };
  const remove = async () => {
    const { freed } = await ask("DELETE /api/files/models/{model_id}/archive", { path });
    toast(freed > 0 ? say("archiveRemoved", { size: format.bytes(freed) }) : say("archiveStopped"));
    kept.reload();
  };

  const [done, total] = [told?.done ?? archive?.done ?? 0, told?.total ?? archive?.total ?? 0];
  const failure = problem ?? (archive?.state === "failed" && archive.problem ? new Problem("failed", archive.problem, 0) : undefined);
  return (
    <Section
      title={say("archive")}
      actions={
        archive && (
          <div className="model-archive-actions">
            {archive.archived_at && (
              <>
                <Button onClick={() => setQuestion("restore")}>{say("restore")}</Button>
                <Button icon="trash" onClick={() => setQuestion("remove")}>
                  {say("archiveRemove")}
                </Button>
              </>
            )}
            {isBusy && !archive.archived_at ? (
              <Button icon="stop" onClick={() => void remove().catch((error) => setProblem(asProblem(error)))}>
                {say("archiveStop")}
              </Button>
            ) : (
              <Button isBusy={isBusy} onClick={() => void begin()}>
                {say(archive.archived_at ? "archiveAgain" : "archiveMake")}
              </Button>
            )}
          </div>
        )
      }
    >
      {kept.problem && !archive && <ProblemNote problem={kept.problem} onRetry={kept.reload} />}
      {!archive && !kept.problem && <Skeleton label={sayUI("loading")} lines={1} />}
      {archive?.archived_at && (
        <p className="model-note">
          {say("archiveKept", { date: format.dateTime(archive.archived_at), size: format.bytes(archive.size), n: archive.files.length })}
        </p>
      )}
      {archive && !archive.archived_at && !isBusy && <p className="model-note">{say("archiveHelp")}</p>}
      {isBusy && (
        <div className="task-progress" role="status">
          <Progress value={total > 0 ? Math.min(1, done / total) : undefined} label={say("archiving")} />
          <p className="model-note number">
            {total > 0 ? say("ofSize", { done: format.bytes(done), size: format.bytes(total) }) : say("archiving")}
          </p>
          <p className="model-note">{say("archiveGoesOn")}</p>
        </div>
      )}
      {!isBusy && failure && <ProblemNote problem={failure} onRetry={() => void begin()} />}
      {question === "restore" && <RestoreModel record={record} onClose={() => setQuestion(undefined)} onRestored={onRestored} />}
      {question === "remove" && (
        <Confirm
          title={say("archiveRemoveIt", { name: record.name })}
          action={say("archiveRemove")}
          onClose={() => setQuestion(undefined)}
          onConfirm={remove}
        >
          <p>{say("archiveRemoveHelp")}</p>
        </Confirm>
      )}
    </Section>
  );
}
