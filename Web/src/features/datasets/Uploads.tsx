import { useEffect, useRef } from "react";
import { ask, asProblem } from "../../api/client.js";
import { useObservable } from "../../api/observable.js";
import { useResource } from "../../api/resource.js";
import type { DatasetReply, UploadReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink, IconButton } from "../../ui/Button.js";
import { DropZone } from "../../ui/DropZone.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress } from "../../ui/State.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { forgetUpload, isOurs, pauseUpload, resumeUpload, stopUpload, upload, uploads, type Upload } from "./uploadQueue.js";
import { trainingWith } from "./training.js";
import { uploadWords } from "./uploadWords.js";
import { datasetWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

/**
 * Where files are dropped or chosen, how far each is, and what was begun and is not whole. Within another form it is small, and
 * shows nothing but what this page sends; `onDone` is told of each that arrived since it is shown.
 */
export function Uploads({ isPart = false, onDone }: { isPart?: boolean; onDone?: (dataset: DatasetReply) => void }) {
  const say = useWords(uploadWords);
  const input = useRef<HTMLInputElement>(null);
  const list = useObservable(uploads);
  const unfinished = useResource("GET /api/datasets/uploads", isPart ? undefined : {}, ["dataset.added"]);
  const begun = unfinished.data?.uploads ?? [];
  const take = async (files: FileList | null) => {
    const chosen = [...(files ?? [])];
    // What another page began a moment ago is not read yet.
    const known = await ask("GET /api/datasets/uploads").then(
      (reply) => reply.uploads,
      () => begun,
    );
    for (const file of chosen) upload(file, known);
  };
  const left = isPart ? [] : begun.filter((each) => !isOurs(each));
  const told = useRef(new Set(list.flatMap(({ id, stage }) => (stage.name === "done" ? [id] : []))));
  useEffect(() => {
    for (const { id, stage } of list) {
      if (stage.name !== "done" || told.current.has(id)) continue;
      told.current.add(id);
      onDone?.(stage.reply.dataset);
    }
  }, [list, onDone]);
  return (
    <div className="uploads">
      <DropZone className={isPart ? "drop drop-small" : "drop"} onDrop={(files) => void take(files.files)}>
        {(isOver) => (
          <>
            <Icon name="upload" size={isPart ? 16 : 20} />
            <p>
              {isOver ? say("dropNow") : say("drop")}{" "}
              <Button onClick={() => input.current?.click()}>{say("choose")}</Button>
            </p>
            {!isPart && <p className="field-help">{say("kinds")}</p>}
            <input
              ref={input}
              type="file"
              className="visually-hidden"
              tabIndex={-1}
              aria-label={say("choose")}
              accept=".json,.jsonl,.txt,application/json,text/plain"
              multiple
              onChange={(event) => {
                void take(event.currentTarget.files);
                event.currentTarget.value = "";
              }}
            />
          </>
        )}
      </DropZone>
      {list.length + left.length > 0 && (
        <ul className="upload-list">
          {list.map((each) => (
            <Entry key={each.id} upload={each} leads={!isPart} />
          ))}
          {left.map((each) => (
            <Left key={each.upload_id} upload={each} onChoose={() => input.current?.click()} onGone={unfinished.reload} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** One that was begun by a page that is gone, or by another one. */
function Left({ upload: each, onChoose, onGone }: { upload: UploadReply; onChoose: () => void; onGone: () => void }) {
  const say = useWords(uploadWords);
  const format = useFormat();
  const facts = { name: each.filename, share: format.percent(each.offset / Math.max(each.size, 1)), size: format.bytes(each.size) };
  const discard = async () => {
    try {
      await ask("DELETE /api/datasets/uploads/{upload_id}", { path: { upload_id: each.upload_id } });
    } catch (error) {
      toast(problemLine(asProblem(error)), { isBad: true });
    }
    onGone();
  };
  return (
    <li className="upload">
      <div className="upload-head">
        <span className="number">{say(each.active ? "elsewhere" : "unfinished", facts)}</span>
        {!each.active && (
          <span className="upload-tools">
            <Button look="quiet" onClick={onChoose}>
              {say("chooseAgain")}
            </Button>
            <IconButton icon="trash" label={say("discard", { name: each.filename })} onClick={() => void discard()} />
          </span>
        )}
      </div>
      <Progress value={each.offset / Math.max(each.size, 1)} label={say("unfinishedShort", facts)} />
      {!each.active && <p className="field-help">{say("unfinishedHelp", { at: format.dateTime(each.expires_at) })}</p>}
    </li>
  );
}

function Entry({ upload: { id, file, stage }, leads }: { upload: Upload; leads: boolean }) {
  const say = useWords(uploadWords);
  const sayData = useWords(datasetWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const name = file.name;
  if (stage.name === "failed") {
    return (
      <li className="upload">
        <div className="upload-head">
          <strong>{name}</strong>
          <IconButton icon="close" label={sayUI("dismiss")} onClick={() => forgetUpload(id)} />
        </div>
        <ProblemNote
          problem={stage.problem}
          onRetry={() => {
            forgetUpload(id);
            upload(file);
          }}
        />
      </li>
    );
  }
  if (stage.name === "done" || stage.name === "stopped") {
    const data = stage.name === "done" ? stage.reply.dataset : undefined;
    const facts = { name, n: data?.rows ?? 0, m: data?.problem_count ?? 0 };
    return (
      <li className="upload">
        <div className="upload-head" role="status">
          <span>
            <Icon name={data ? (facts.m > 0 ? "warning" : "check") : "stop"} />{" "}
            {data ? say(facts.m > 0 ? "uploadedWith" : "uploaded", facts) : `${name}: ${say("stopped")}`}
            {data && data.version > 1 && <> {say("isVersion", { n: data.version })}</>}
          </span>
          <span className="upload-tools">
            {data && leads && <ButtonLink to={trainingWith(data)}>{sayData("train")}</ButtonLink>}
            {!data && (
              <Button
                look="quiet"
                onClick={() => {
                  forgetUpload(id);
                  upload(file);
                }}
              >
                {say("again")}
              </Button>
            )}
            <IconButton icon="close" label={sayUI("dismiss")} onClick={() => forgetUpload(id)} />
          </span>
        </div>
      </li>
    );
  }
  const isCounted = stage.name === "sending" || stage.name === "paused" || stage.name === "waiting";
  const share = isCounted && file.size > 0 ? stage.sent / file.size : undefined;
  const text = say(stage.name, { name, share: format.percent(share ?? 0), size: format.bytes(file.size) });
  return (
    <li className="upload" data-stage={stage.name}>
      <div className="upload-head">
        <span className="number" role={stage.name === "sending" ? undefined : "status"}>
          {stage.name === "paused" && <Icon name="pause" />} {stage.name === "waiting" && <Icon name="warning" />} {text}
        </span>
        <span className="upload-tools">
          {stage.name === "paused" ? (
            <Button look="quiet" icon="play" onClick={() => resumeUpload(id)} aria-label={say("resumeIt", { name })}>
              {say("resume")}
            </Button>
          ) : (
            stage.name !== "checking" && (
              <Button look="quiet" icon="pause" onClick={() => pauseUpload(id)} aria-label={say("pauseIt", { name })}>
                {say("pause")}
              </Button>
            )
          )}
          {stage.name !== "checking" && <IconButton icon="stop" label={say("stop", { name })} onClick={() => stopUpload(id)} />}
        </span>
      </div>
      <Progress value={share} label={text} />
    </li>
  );
}
