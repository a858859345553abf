import { useEffect, useRef, useState, type FormEvent } from "react";
import { ask, asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { RenderedRow, RenderedRowsReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Select, TextField } from "../../ui/Field.js";
import { Section } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { ModelField } from "../tasks/ModelField.js";
import { newWords } from "../tasks/newWords.js";
import "../tasks/newTask.css";
import { TemplateField } from "../tasks/TemplateField.js";
import { renderWords } from "./renderWords.js";
import { uiWords } from "../../ui/words.js";

const COUNT = 3;

/** The goals that a file of a format can be trained for, the usual one first. */
export function goals(format: string): readonly ("sft" | "dpo" | "kto" | "pt")[] {
  if (format === "kto") return ["kto"];
  if (format.endsWith("_preference")) return ["dpo"];
  return format === "pretraining" ? ["pt"] : ["sft", "pt"];
}

/** Rows with the template applied, by the trainer's own code on a host. */
export function Rendered({ id, rows, format: fileFormat }: { id: string; rows: number; format: string }) {
  const say = useWords(renderWords);
  const sayNew = useWords(newWords);
  const hosts = useResource("GET /api/hosts", {});
  const offered = goals(fileFormat);
  const [typed, setModel] = useState<string>();
  const shared = useResource("GET /api/models/shared", {});
  // The host's first model, until another is chosen: the rows are one press away.
  const model = typed ?? shared.data?.models[0]?.path ?? "";
  const [template, setTemplate] = useState("");
  const [goal, setGoal] = useState<string>(offered[0] as string);
  const [host, setHost] = useState("");
  const [cutoff, setCutoff] = useState("1024");
  const [from, setFrom] = useState("1");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [isMissing, setMissing] = useState(false);
  const [made, setMade] = useState<RenderedRowsReply>();
  const running = useRef<AbortController>();
  useEffect(() => () => running.current?.abort(), []);

  const show = async (first: number) => {
    setMissing(model.trim() === "");
    if (model.trim() === "") return;
    running.current?.abort();
    const abort = (running.current = new AbortController());
    setBusy(true);
    setProblem(undefined);
    setFrom(String(first));
    try {
      const limit = Number(cutoff);
      setMade(
        await ask("POST /api/files/datasets/{file_id}/rendered", {
          path: { file_id: id },
          body: {
            model_name: model.trim(),
            ...(template ? { template } : {}),
            ...(host ? { host_id: host } : {}),
            from: first,
            count: COUNT,
            arguments: { stage: goal, ...(Number.isInteger(limit) && limit > 0 ? { cutoff_len: limit } : {}) },
          },
          signal: abort.signal,
        }),
      );
    } catch (error) {
      if (isAbort(error)) return;
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const first = Math.min(Math.max(1, Math.trunc(Number(from)) || 1), Math.max(rows, 1));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void show(first);
  };
  const all = hosts.data?.hosts ?? [];
  return (
    <Section title={say("title")}>
      <p className="page-sub">{say("sub")}</p>
      <form className="card rendered-form" onSubmit={submit} noValidate>
        <ModelField value={model} onChange={setModel} error={isMissing ? say("needed") : undefined} />
        <div className="form-row">
          <TemplateField value={template} onChange={setTemplate} error={undefined} />
          {offered.length > 1 && (
            <Select label={say("goal")} value={goal} onChange={(event) => setGoal(event.currentTarget.value)}>
              {offered.map((each) => (
                <option key={each} value={each}>
                  {sayNew(each)}
                </option>
              ))}
            </Select>
          )}
          {all.length > 1 && (
            <Select label={say("host")} value={host} onChange={(event) => setHost(event.currentTarget.value)}>
              <option value="">{say("hostAny")}</option>
              {all.map((each) => (
                <option key={each.host_id} value={each.host_id}>
                  {each.name}
                </option>
              ))}
            </Select>
          )}
          <TextField label={say("cutoff")} inputMode="numeric" value={cutoff} onChange={(event) => setCutoff(event.currentTarget.value)} />
          <TextField label={say("from")} inputMode="numeric" value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
        </div>
        <div className="rendered-actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {say("show")}
          </Button>
          <span role="status" className="field-help">
            {isBusy ? say("showing") : ""}
          </span>
        </div>
      </form>
      {problem && <ProblemNote problem={problem} onRetry={() => void show(first)} />}
      {made && <Made made={made} isStale={isBusy} />}
      {made && (
        <div className="rendered-actions">
          <Button disabled={isBusy || first <= 1} onClick={() => void show(Math.max(1, first - COUNT))}>
            {say("earlier")}
          </Button>
          <Button disabled={isBusy || first + COUNT > rows} onClick={() => void show(first + COUNT)}>
            {say("later")}
          </Button>
        </div>
      )}
    </Section>
  );
}

function Made({ made, isStale }: { made: RenderedRowsReply; isStale: boolean }) {
  const say = useWords(renderWords);
  const format = useFormat();
  return (
    <div className="rendered" data-stale={isStale}>
      <p className="field-help">{say("template", { name: made.template, reason: made.template_reason })}</p>
      {made.packed && <p className="field-help">{say("packed", { n: format.number(made.cutoff_len) })}</p>}
      <ul className="rendered-legend" aria-label={say("legend")}>
        {(["trained", "read", "cut"] as const).map((kind) => (
          <li key={kind}>
            <span className="rendered-text" data-kind={kind}>
              {say(kind)}
            </span>
          </li>
        ))}
      </ul>
      <ol className="rows">
        {made.rows.map((row) => (
          <Row key={row.row} row={row} />
        ))}
      </ol>
      {made.left_out.length > 0 && (
        <p className="field-help">{say("leftOut", { n: made.left_out.length, rows: made.left_out.join(", ") })}</p>
      )}
    </div>
  );
}

function Row({ row }: { row: RenderedRow }) {
  const say = useWords(renderWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  return (
    <li className="card rendered-row">
      <h3>{say("row", { n: format.number(row.row) })}</h3>
      {row.problem && (
        <p className="rendered-bad">
          {say("failed")} <span lang="en">{row.problem}</span>
        </p>
      )}
      {!row.problem && row.parts.length === 0 && <p className="rendered-bad">{say("dropped")}</p>}
      {row.parts.map((part) => (
        <div key={part.name}>
          <p className="field-help number">
            {part.name !== "text" && <strong>{say(part.name === "chosen" ? "chosen" : "rejected")}{sayUI("colon")}</strong>}
            {say("counts", { n: part.tokens, m: format.number(part.trained) })}
            {part.cut > 0 && <strong className="rendered-cut"> · {say("cutCount", { n: format.number(part.cut) })}</strong>}
          </p>
          <div className="rendered-box" tabIndex={0} role="group" aria-label={say("row", { n: format.number(row.row) })}>
            {part.segments.map((segment, index) => {
              const kind = segment.cut ? "cut" : segment.trained ? "trained" : "read";
              return (
                <span key={index} className="rendered-text" data-kind={kind}>
                  <span className="visually-hidden">
                    {say(kind === "cut" ? "segmentCut" : kind === "trained" ? "segmentTrained" : "segmentRead")}
                  </span>
                  {segment.text}
                </span>
              );
            })}
          </div>
        </div>
      ))}
    </li>
  );
}
