import { useRef, useState, type DragEvent } from "react";
import { useObservable } from "../../api/observable.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress } from "../../ui/State.js";
import { uiWords } from "../../ui/words.js";
import { forgetUpload, stopUpload, upload, uploads, type Upload } from "./uploadQueue.js";
import { datasetWords } from "./words.js";

/** Where files are dropped or chosen, and how far each is. */
export function Uploads() {
  const say = useWords(datasetWords);
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const list = useObservable(uploads);
  const take = (files: FileList | null) => {
    for (const file of files ?? []) upload(file);
  };
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    <div className="uploads">
      <div
        className="drop"
        data-over={isOver}
        onDragOver={(event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files);
        }}
      >
        <Icon name="upload" size={20} />
        <p>
          {isOver ? say("dropNow") : say("drop")}{" "}
          <Button onClick={() => input.current?.click()}>{say("choose")}</Button>
        </p>
        <p className="field-help">{say("kinds")}</p>
        <input
          ref={input}
          type="file"
          className="visually-hidden"
          tabIndex={-1}
          aria-label={say("choose")}
          accept=".json,.jsonl,.txt,application/json,text/plain"
          multiple
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </div>
      {list.length > 0 && (
        <ul className="upload-list">
          {list.map((each) => (
            <Entry key={each.id} upload={each} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Entry({ upload: entry }: { upload: Upload }) {
  const say = useWords(datasetWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const { id, file, state, reply } = entry;
  const name = file.name;
  const again = () => {
    forgetUpload(id);
    upload(file);
  };
  const share = file.size > 0 ? entry.sent / file.size : 1;
  if (state === "sending" || state === "checking") {
    const text =
      state === "sending"
        ? say("uploading", { name, share: format.percent(share), size: format.bytes(file.size) })
        : say("checking", { name });
    return (
      <li className="upload">
        <div className="upload-head">
          <span className="number">{text}</span>
          <IconButton icon="stop" label={say("stop", { name })} onClick={() => stopUpload(id)} />
        </div>
        <Progress value={state === "sending" ? share : undefined} label={text} />
      </li>
    );
  }
  if (state === "failed" && entry.problem) {
    return (
      <li className="upload">
        <div className="upload-head">
          <strong>{name}</strong>
          <IconButton icon="close" label={sayUI("dismiss")} onClick={() => forgetUpload(id)} />
        </div>
        <ProblemNote problem={entry.problem} onRetry={again} />
      </li>
    );
  }
  const facts = { name, n: reply?.dataset.rows ?? 0, m: reply?.dataset.problem_count ?? 0 };
  return (
    <li className="upload">
      <div className="upload-head" role="status">
        <span>
          <Icon name={state === "done" ? (facts.m > 0 ? "warning" : "check") : "stop"} />{" "}
          {state === "stopped" ? `${name}: ${say("stopped")}` : say(facts.m > 0 ? "uploadedWith" : "uploaded", facts)}
        </span>
        <span className="upload-tools">
          {state === "stopped" && (
            <Button look="quiet" onClick={again}>
              {say("again")}
            </Button>
          )}
          <IconButton icon="close" label={sayUI("dismiss")} onClick={() => forgetUpload(id)} />
        </span>
      </div>
    </li>
  );
}
