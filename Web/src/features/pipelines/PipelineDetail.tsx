import { useState } from "react";
import { navigate } from "../../app/router.js";
import type { PageProps } from "../../app/routes.js";
import { useResource } from "../../api/resource.js";
import type { PipelineReply, PipelineReplyStep } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { Announced } from "../../ui/Announced.js";
import { Empty, PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote, ProblemWords } from "../../ui/ProblemNote.js";
import { Progress, State } from "../../ui/State.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { PipelineQuestions, resumePipeline, type PipelineQuestion } from "./PipelineActions.js";
import { brokenStep, ordered, PIPELINE_EVENTS, runState, seconds, stepsDone, stepTone, type PipelineWord } from "./pipelineState.js";
import "./pipelines.css";
import { StepCard, StepList } from "./StepList.js";
import { Input, Output, useFieldName, usePlaces, type Places } from "./Values.js";
import { pipelineWords } from "./words.js";

/** Not that it was deleted: who deletes it here is on the way out, and what is gone cannot be read. */
const CHANGES = PIPELINE_EVENTS.filter((kind) => kind !== "pipeline.deleted");

/** A run of a pipeline: how each step stands, what it takes and what it made, and why one failed. */
export default function PipelineDetail({ params }: PageProps) {
  const say = useWords(pipelineWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const [question, setQuestion] = useState<PipelineQuestion>();
  const places = usePlaces();
  const run = useResource("GET /api/pipelines/{pipeline_id}", { path: { pipeline_id: params["id"] ?? "" } }, CHANGES);
  const parent = { to: "/app/pipelines", name: say("title") };
  const { data } = run;
  if (!data || run.problem?.status === 404) {
    const isGone = run.problem?.status === 404;
    return (
      <div className="page">
        <PageHead title={isGone ? say("gone") : say("title")} parent={parent} />
        {isGone ? (
          <Empty title={say("gone")} actions={<ButtonLink to="/app/pipelines">{say("title")}</ButtonLink>} />
        ) : run.problem ? (
          <ProblemNote problem={run.problem} onRetry={run.reload} />
        ) : (
          <Skeleton label={sayUI("loading")} lines={6} />
        )}
      </div>
    );
  }
  const broken = brokenStep(data);
  const resume = () =>
    void resumePipeline(data, (now) => {
      run.show(now);
      toast(say("resumed"));
    });
  const { tone, word } = runState(data);
  return (
    <div className="page">
      <PageHead
        title={data.name}
        parent={parent}
        sub={
          <>
            {data.description && <p>{data.description}</p>}
            <p className="pipeline-sub">
              <State tone={tone}>{say(word)}</State>
              <span className="number">{say("stepsDone", { done: stepsDone(data), all: data.steps.length })}</span>
              <time dateTime={data.created_at} title={format.dateTime(data.created_at)}>
                {format.ago(data.created_at)}
              </time>
            </p>
          </>
        }
        actions={
          data.status === "running" ? (
            <Button icon="stop" isBusy={data.cancel_requested} onClick={() => setQuestion("cancel")}>
              {say("cancel")}
            </Button>
          ) : (
            <>
              {broken && (
                <Button icon="play" look="primary" onClick={resume}>
                  {say("resumeFrom", { step: broken.id })}
                </Button>
              )}
              <Button icon="trash" onClick={() => setQuestion("remove")}>
                {say("remove")}
              </Button>
            </>
          )
        }
      />
      <Announced text={`${say(word)}. ${say("stepsDone", { done: stepsDone(data), all: data.steps.length })}`} />
      <Section title={say("steps")}>
        <StepList>
          {data.steps.map((step, place) => (
            <Step key={step.id} step={step} number={place + 1} run={data} places={places} />
          ))}
        </StepList>
      </Section>
      <PipelineQuestions
        run={data}
        question={question}
        onClose={() => setQuestion(undefined)}
        onChange={run.reload}
        onRemoved={() => navigate("/app/pipelines", { replace: true })}
      />
    </div>
  );
}

function Step({ step, number, run, places }: { step: PipelineReplyStep; number: number; run: PipelineReply; places: Places }) {
  const say = useWords(pipelineWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const fieldName = useFieldName();
  const took = seconds(step.started_at, step.ended_at);
  const inputs = ordered(step.inputs).filter(([, values]) => values.length > 0);
  // The task stands among what was made once the step has completed.
  const outputs = ordered(step.outputs).filter(([name]) => name !== "service");
  const served = step.kind === "serve" ? step.outputs["model"] : undefined;
  return (
    <StepCard
      id={step.id}
      kind={step.kind}
      number={number}
      status={step.status}
      state={
        <>
          {step.attempt > 1 && <span>{say("attempt", { n: step.attempt })}</span>}
          {took !== undefined && step.ended_at && <span className="number">{format.duration(took)}</span>}
          <State tone={stepTone(step.status)} {...(step.status === "pending" ? { icon: "more" as const } : {})}>
            {say(step.status)}
          </State>
        </>
      }
    >
      {step.status === "running" && <Going step={step} />}
      {step.failure && (
        <div className="note note-bad">
          <Icon name="warning" />
          <ProblemWords problem={step.failure} />
        </div>
      )}
      <dl className="pipeline-facts">
        {inputs.length > 0 && <dt>{say("takes")}</dt>}
        {inputs.length > 0 && (
          <dd>
            <Pairs
              pairs={inputs.map(([name, values]) => [
                fieldName(name),
                values.map((value, place) => (
                  <span key={place}>
                    {place > 0 && sayUI("comma")}
                    <Input field={name} value={value} places={places} run={run} />
                  </span>
                )),
              ])}
            />
          </dd>
        )}
        {outputs.length > 0 && <dt>{say("made")}</dt>}
        {outputs.length > 0 && (
          <dd>
            <Pairs pairs={outputs.map(([name, output]) => [fieldName(name), <Output key={name} name={name} output={output} places={places} />])} />
          </dd>
        )}
      </dl>
      {((step.task_id && !step.outputs["task"]) || served) && (
        <p className="pipeline-ways">
          {step.task_id && !step.outputs["task"] && (
            <ButtonLink to={`/app/tasks/${step.task_id}`} icon="tasks">
              {say("openTask")}
            </ButtonLink>
          )}
          {served && (
            <ButtonLink to={`/app/chat?model=${encodeURIComponent(served.value)}`} icon="chat">
              {say("chat")}
            </ButtonLink>
          )}
        </p>
      )}
    </StepCard>
  );
}

/** Names with what they stand for, one behind the other. */
export function Pairs({ pairs }: { pairs: readonly (readonly [string, React.ReactNode])[] }) {
  return (
    <ul className="pipeline-pairs">
      {pairs.map(([name, value]) => (
        <li key={name}>
          <span className="pipeline-pair-name">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}

function Going({ step }: { step: PipelineReplyStep }) {
  const say = useWords(pipelineWords);
  const format = useFormat();
  const { progress } = step;
  const percentage = progress?.percentage;
  const phase = progress?.phase;
  const words = [
    phase && phase !== "running" ? (phase in pipelineWords.en ? say(phase as PipelineWord) : phase) : "",
    typeof percentage === "number" ? format.percent(percentage / 100) : "",
    typeof progress?.remaining_seconds === "number" ? say("left", { time: format.duration(progress.remaining_seconds) }) : "",
  ].filter(Boolean);
  return (
    <div className="pipeline-going">
      <Progress value={typeof percentage === "number" ? percentage / 100 : undefined} label={step.id} />
      {words.length > 0 && <p className="number">{words.join(" · ")}</p>}
    </div>
  );
}
