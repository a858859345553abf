import { useRef, useState } from "react";
import { useResource } from "../../api/resource.js";
import type { DatasetReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { families } from "../datasets/families.js";
import "../datasets/datasets.css";
import { Uploads } from "../datasets/Uploads.js";
import { datasetWords, formatWord } from "../datasets/words.js";
import { newWords } from "./newWords.js";

/** As many files are seen at once; where there are more, they can be sought. */
const FEW = 8;

/** The files a training learns from: those that are there to tick, and others given here, which are ticked as they arrive. */
export function DatasetField(props: {
  chosen: readonly string[];
  onChange: (paths: readonly string[]) => void;
  onUploaded: (file: DatasetReply) => void;
  error: string | undefined;
}) {
  const say = useWords(newWords);
  const format = useFormat();
  const sayData = useWords(datasetWords);
  const datasets = useResource("GET /api/files/datasets", {}, ["dataset.added", "dataset.deleted"]);
  // What is chosen when one comes stands first; nothing moves under the hand that chooses.
  const hasToggled = useRef(false);
  const first = useRef(props.chosen);
  if (!hasToggled.current) first.current = props.chosen;
  const isOf = (file: DatasetReply, names: readonly string[]) =>
    [file.file_path, file.file_id, file.filename].some((name) => names.includes(name));
  const [showsOlder, setShowsOlder] = useState(false);
  const everything = datasets.data?.files ?? [];
  const groups = families(everything);
  // Older versions stay away unless one of them is chosen, or they are asked for.
  const all = groups.flatMap(({ file, older }) => [file, ...older.filter((each) => showsOlder || isOf(each, props.chosen))]);
  const hasOlder = groups.some(({ older }) => older.length > 0);
  const files = [...all.filter((file) => isOf(file, first.current)), ...all.filter((file) => !isOf(file, first.current))];
  const [sought, setSought] = useState("");
  const shown = files.filter((file) => isOf(file, props.chosen) || file.name.toLowerCase().includes(sought.trim().toLowerCase()));
  const hasVersions = (file: DatasetReply) => everything.some((each) => each !== file && each.name === file.name);
  const isChosen = (file: DatasetReply) => isOf(file, props.chosen);
  const toggle = (file: DatasetReply) => {
    hasToggled.current = true;
    props.onChange(
      isChosen(file)
        ? props.chosen.filter((name) => ![file.file_path, file.file_id, file.filename].includes(name))
        : [...props.chosen, file.file_path],
    );
  };
  return (
    <fieldset className="field fieldset" aria-invalid={props.error ? true : undefined} tabIndex={-1}>
      <legend>{say("dataset")}</legend>
      <div className="field-help">{say("datasetHelp")}</div>
      {files.length > FEW && (
        <input
          className="input"
          type="search"
          aria-label={say("findDataset")}
          placeholder={say("findDataset")}
          value={sought}
          maxLength={200}
          onChange={(event) => setSought(event.currentTarget.value)}
          onKeyDown={(event) => {
            // It finds; it does not start the training.
            if (event.key === "Enter") event.preventDefault();
          }}
        />
      )}
      {sought && shown.length === 0 && <p role="status">{say("noDatasetFound")}</p>}
      <div className="pick-list">
        {shown.map((file) => (
          <label key={file.file_id} className="pick">
            <input type="checkbox" checked={isChosen(file)} onChange={() => toggle(file)} />
            <span className="pick-name">
              {file.name}
              {hasVersions(file) && <span className="pick-facts"> · {sayData("version", { n: file.version })}</span>}
            </span>
            <span className="pick-facts number">
              {sayData(formatWord(file.format))} · {say("rows", { n: format.number(file.rows) })}
              {file.problem_count > 0 && <span className="pick-bad"> · {say("problems", { n: file.problem_count })}</span>}
            </span>
          </label>
        ))}
      </div>
      {hasOlder && (
        <label className="pick-older">
          <input type="checkbox" checked={showsOlder} onChange={(event) => setShowsOlder(event.currentTarget.checked)} />
          {say("olderVersions")}
        </label>
      )}
      <Uploads isPart onDone={props.onUploaded} />
      {props.error && (
        <div className="field-error" role="alert">
          {props.error}
        </div>
      )}
    </fieldset>
  );
}
