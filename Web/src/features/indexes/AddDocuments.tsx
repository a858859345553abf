import { useEffect, useRef } from "react";
import { useObservable } from "../../api/observable.js";
import { problemLine } from "../../i18n/server.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { DropZone } from "../../ui/DropZone.js";
import { Icon } from "../../ui/Icon.js";
import { Progress } from "../../ui/State.js";
import { addAgain, addDocuments, additions, isOnItsWay, stopAdding, type Adding } from "./documentQueue.js";
import { chosenFiles, droppedFiles, type Named } from "./droppedFiles.js";
import { indexWords } from "./words.js";

/** Lines of the list; what failed stands first. */
const SHOWN = 8;

/** Where documents and folders are dropped or chosen, and how far they are. */
export function AddDocuments({ indexID, onAdded }: { indexID: string; onAdded: () => void }) {
  const say = useWords(indexWords);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const all = useObservable(additions).filter((each) => each.indexID === indexID);
  const ended = all.filter((each) => !isOnItsWay(each)).length;
  // The list behind it: at the end of a few, and at the end of all.
  const isBusy = ended < all.length;
  const shown = isBusy ? Math.floor(ended / 5) : ended;
  const latest = useRef(onAdded);
  latest.current = onAdded;
  useEffect(() => {
    if (shown > 0) latest.current();
  }, [shown, isBusy]);
  // React has no name for it.
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);
  const add = (items: readonly Named[]) => {
    if (!isBusy) stopAdding(indexID);
    addDocuments(indexID, items);
  };
  return (
    <div className="index-add">
      <DropZone className="drop" onDrop={(files) => void droppedFiles(files).then(add)}>
        {(isOver) => (
          <>
            <Icon name="upload" size={20} />
            <p>{isOver ? say("dropNow") : say("drop")}</p>
            <p className="index-choose">
              <Button onClick={() => files.current?.click()}>{say("choose")}</Button>
              <Button onClick={() => folder.current?.click()}>{say("chooseFolder")}</Button>
            </p>
            <p className="field-help">{say("kinds")}</p>
            {[files, folder].map((input, index) => (
              <input
                key={index}
                ref={input}
                type="file"
                hidden
                aria-label={say(index === 0 ? "choose" : "chooseFolder")}
                multiple
                onChange={(event) => {
                  add(chosenFiles(event.currentTarget.files));
                  event.currentTarget.value = "";
                }}
              />
            ))}
          </>
        )}
      </DropZone>
      {all.length > 0 && <Going all={all} ended={ended} indexID={indexID} />}
    </div>
  );
}

function Going({ all, ended, indexID }: { all: readonly Adding[]; ended: number; indexID: string }) {
  const say = useWords(indexWords);
  const { number } = useFormat();
  const isBusy = ended < all.length;
  const failed = all.filter((each) => each.stage.name === "failed");
  const sending = all.filter((each) => each.stage.name === "sending");
  const done = all.filter((each) => each.stage.name === "done");
  const share = sending.reduce((sum, { stage }) => sum + (stage.name === "sending" ? stage.share : 0), ended) / all.length;
  const line = isBusy ? say("progress", { done: number(done.length), all: number(all.length) }) : say("allDone", { n: number(done.length) });
  const listed = [...failed, ...sending, ...done.reverse()].slice(0, Math.max(SHOWN, failed.length));
  return (
    <div className="index-going">
      <div className="index-going-head">
        <strong role="status" className="number">
          {line}
        </strong>
        {!isBusy && failed.length > 0 && (
          <Button look="quiet" icon="retry" onClick={() => addAgain(indexID)}>
            {say("again", { n: number(failed.length) })}
          </Button>
        )}
        <Button look="quiet" icon={isBusy ? "stop" : "close"} onClick={() => stopAdding(indexID)}>
          {isBusy ? say("stopAll") : say("clear")}
        </Button>
      </div>
      {isBusy && <Progress value={share} label={line} />}
      <ul className="index-going-list">
        {listed.map((each) => (
          <Line key={each.id} adding={each} />
        ))}
      </ul>
    </div>
  );
}

function Line({ adding: { item, stage } }: { adding: Adding }) {
  const say = useWords(indexWords);
  const format = useFormat();
  const { name } = item;
  switch (stage.name) {
    case "waiting":
      return <li>{say("waiting", { name })}</li>;
    case "sending":
      return <li className="number">{stage.share < 1 ? say("sending", { name, share: format.percent(stage.share) }) : say("reading", { name })}</li>;
    case "failed":
      return (
        <li data-stage="failed">
          <Icon name="warning" /> {name}: {problemLine(stage.problem)}
        </li>
      );
    case "done":
      return (
        <li>
          <Icon name="check" /> {stage.isNew ? say("done", { name, n: format.number(stage.passages) }) : say("same", { name })}
        </li>
      );
  }
}
