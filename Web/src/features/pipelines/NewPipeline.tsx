import { useMemo, useRef, useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import { idempotencyKey } from "../../api/idempotencyKey.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import { navigate, useLeaveCheck } from "../../app/router.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { Menu } from "../../ui/Menu.js";
import { PageHead, Section } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { chain, filling, trying, type Known } from "./examples.js";
import { FileEditor, type Editor } from "./FileEditor.js";
import { Problems, PlanSteps, usePlan } from "./Plan.js";
import "./pipelines.css";
import { pipelineWords } from "./words.js";

/** Bytes of a pipeline's file. */
const LARGEST = 256 * 1024;

/** A pipeline is written or dropped, what it would do is shown as it is, and then it is run. */
export default function NewPipeline() {
  const say = useWords(pipelineWords);
  const format = useFormat();
  const editor = useRef<Editor>(null);
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [tooLarge, setTooLarge] = useState<number>();
  const { plan, problem: planProblem, isStale } = usePlan(text);
  const isEmpty = text.trim() === "";
  // A repeated press, or one after a cut, begins nothing twice; another text is another pipeline.
  const key = useMemo(idempotencyKey, [text]);
  const mayLeave = useMemo(() => (isEmpty || isBusy ? undefined : () => confirm(say("leave"))), [isEmpty, isBusy, say]);
  useLeaveCheck(mayLeave);

  const take = async (file: File) => {
    setTooLarge(file.size > LARGEST ? file.size : undefined);
    if (file.size <= LARGEST) setText(await file.text());
  };
  const problems = isStale ? [] : (plan?.problems ?? []);
  const wrong = useMemo(() => new Set(problems.map((each) => each.line)), [plan, isStale]);
  const isReady = !isStale && plan?.valid === true;
  const run = async () => {
    if (!isReady) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const begun = await ask("POST /api/pipelines", { body: { text }, headers: { "Idempotency-Key": key } });
      toast(say("began"));
      navigate(`/app/pipelines/${begun.pipeline_id}`);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <div className="page">
      <PageHead title={say("newTitle")} sub={say("newSub")} parent={{ to: "/app/pipelines", name: say("title") }} />
      <div className="pipeline-new">
        <Section
          title={say("file")}
          actions={
            <span className="pipeline-tools">
              <Examples onChoose={setText} />
              <Button look="quiet" icon="upload" onClick={() => input.current?.click()}>
                {say("choose")}
              </Button>
            </span>
          }
        >
          <FileEditor
            ref={editor}
            label={say("fileLabel")}
            value={text}
            wrong={wrong}
            onChange={setText}
            onFile={(file) => void take(file)}
            dropNow={say("dropNow")}
          />
          <input
            ref={input}
            type="file"
            hidden
            aria-label={say("choose")}
            accept=".yaml,.yml,.json,application/json,application/yaml,text/plain"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              if (file) void take(file);
              event.currentTarget.value = "";
            }}
          />
          {tooLarge !== undefined && (
            <p className="field-error" role="alert">
              {say("tooLarge", { size: format.bytes(tooLarge) })}
            </p>
          )}
          <p className="field-help">
            {say("fileLabel")} · <a href="/api/pipelines/schema">{say("schema")}</a>
          </p>
        </Section>
        <Section title={say("plan")}>
          <div className="pipeline-plan" data-stale={isStale && !isEmpty}>
            <div className="pipeline-plan-head">
              <p role="status" className={isReady ? "pipeline-right" : "field-help"}>
                {isReady && <Icon name="check" />} {isEmpty ? say("planWait") : isStale ? say("planning") : say(isReady ? "right" : "runHelp")}
              </p>
              {!isEmpty && (
                <Button look="primary" icon="play" isBusy={isBusy} disabled={!isReady} onClick={() => void run()}>
                  {say("run")}
                </Button>
              )}
            </div>
            {problem && <ProblemNote problem={problem} />}
            {planProblem && !isStale && <ProblemNote problem={planProblem} />}
            {problems.length > 0 && <Problems problems={problems} onGoTo={(line) => editor.current?.goTo(line)} />}
            {!isEmpty && plan && plan.steps.length > 0 && <PlanSteps steps={plan.steps} />}
          </div>
        </Section>
      </div>
    </div>
  );
}

/** Files to start from, with the reader's own newest dataset and a model that is there. */
function Examples({ onChoose }: { onChoose: (text: string) => void }) {
  const say = useWords(pipelineWords);
  const datasets = useResource("GET /api/files/datasets", {});
  const models = useResource("GET /api/models", {});
  const known: Known = {
    dataset: datasets.data?.files[0]?.filename ?? "identity.json",
    model: models.data?.models.find((each) => each.type === "pretrained")?.name ?? "Qwen/Qwen2.5-0.5B-Instruct",
  };
  return (
    <Menu
      label={say("start")}
      className="button button-quiet"
      items={[
        { label: say("chainExample"), icon: "tasks", onSelect: () => onChoose(chain(known, say("chainDescription"))) },
        { label: say("indexExample"), icon: "indexes", onSelect: () => onChoose(filling(known)) },
        { label: say("evaluateExample"), icon: "compare", onSelect: () => onChoose(trying(known)) },
      ]}
    >
      <Icon name="list" />
      {say("start")}
    </Menu>
  );
}
