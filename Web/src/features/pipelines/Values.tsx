import { useResource } from "../../api/resource.js";
import type { PipelineReply, PipelineReplyOutput } from "../../api/types.js";
import { Link } from "../../app/router.js";
import { useFormat } from "../../i18n/format.js";
import { lastPart } from "../../ui/lastPart.js";
import { useWords } from "../../i18n/words.js";
import { pieces, reference, type PipelineWord } from "./pipelineState.js";
import { pipelineWords } from "./words.js";

/** What there is to go to: datasets and models by each of their names. */
export interface Places {
  readonly datasets: ReadonlyMap<string, string>;
  readonly models: ReadonlySet<string>;
}

const modelPage = (name: string) => `/app/models/view?name=${encodeURIComponent(name)}`;

/** Where the reader's datasets and models have their pages. */
export function usePlaces(): Places {
  const datasets = useResource("GET /api/files/datasets", {});
  const models = useResource("GET /api/models", {}, ["model.added", "model.deleted"], 2_000);
  return {
    datasets: new Map((datasets.data?.files ?? []).flatMap((each) => [[each.filename, each.file_id] as const, [each.file_id, each.file_id] as const])),
    models: new Set((models.data?.models ?? []).flatMap((each) => (each.model_id ? [each.name, each.model_id] : [each.name]))),
  };
}

/** What a field is called: a word of the page's, or its own name. */
export function useFieldName(): (name: string) => string {
  const say = useWords(pipelineWords);
  return (name) => (name in pipelineWords.en ? say(name as PipelineWord) : name);
}

/** What a step takes: a link where it has a page, the step that makes it where it is a reference. */
export function Input(props: { field: string; value: string; places: Places; run?: PipelineReply }) {
  const { field, value, places, run } = props;
  const say = useWords(pipelineWords);
  const fieldName = useFieldName();
  const from = reference(value);
  if (from) {
    const made = run?.steps.find((each) => each.id === from.step)?.outputs[from.output];
    return (
      <span className="pipeline-reference">
        {made && (
          <>
            <Output name={from.output} output={made} places={places} />{" "}
          </>
        )}
        <a className="pipeline-from" href={`#step-${from.step}`}>
          {say("of", { output: fieldName(from.output).toLowerCase(), step: from.step })}
        </a>
      </span>
    );
  }
  const dataset = field === "dataset" ? places.datasets.get(value) : undefined;
  if (dataset) return <Link to={`/app/datasets/${dataset}`}>{value}</Link>;
  if (field === "model") {
    const shown = <span title={value}>{lastPart(value)}</span>;
    return places.models.has(value) ? <Link to={modelPage(value)}>{shown}</Link> : shown;
  }
  if (field === "message" || field === "question") return <Said text={value} run={run} />;
  return <span className={value.startsWith("{") ? "mono" : "number"}>{value}</span>;
}

/** A text as it goes out: what a step before has made stands in it by its name, what is not made yet as what it will be. */
function Said({ text, run }: { text: string; run: PipelineReply | undefined }) {
  const say = useWords(pipelineWords);
  const fieldName = useFieldName();
  return (
    <q className="pipeline-text">
      {pieces(text).map((piece, index) => {
        if (typeof piece === "string") return piece;
        const made = run?.steps.find((each) => each.id === piece.step)?.outputs[piece.output];
        if (made) return made.name;
        return (
          <a key={index} className="pipeline-from" href={`#step-${piece.step}`}>
            {say("of", { output: fieldName(piece.output).toLowerCase(), step: piece.step })}
          </a>
        );
      })}
    </q>
  );
}

/** What a step made, with the way there. */
export function Output({ name, output, places }: { name: string; output: PipelineReplyOutput; places: Places }) {
  const format = useFormat();
  switch (output.form) {
    case "model":
      return places.models.has(output.value) ? <Link to={modelPage(output.value)}>{output.name}</Link> : <span>{output.name}</span>;
    case "index":
      return <Link to={`/app/indexes/${output.value}`}>{output.name}</Link>;
    case "dataset":
      return <Link to={`/app/datasets/${output.value}`}>{output.name}</Link>;
    case "number":
      return <span className="number">{format.number(Number(output.value), 4)}</span>;
    case "text":
      return name === "task" ? (
        <Link to={`/app/tasks/${output.value}`}>{output.name}</Link>
      ) : name === "answer" ? (
        <q className="pipeline-text">{output.value}</q>
      ) : (
        <span className="mono">{output.name}</span>
      );
  }
}
