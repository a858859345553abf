import { useEffect, useState } from "react";
import { ask, asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { PipelinePlanReply, PipelinePlanReplyProblem, PipelinePlanReplyStep } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Coded } from "../../ui/Coded.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemWords } from "../../ui/ProblemNote.js";
import { StepCard, StepList } from "./StepList.js";
import { pipelineWords } from "./words.js";
import { uiWords } from "../../ui/words.js";

export interface Planned {
  readonly plan: PipelinePlanReply | undefined;
  readonly problem: Problem | undefined;
  /** What stands there is of an earlier text. */
  readonly isStale: boolean;
}

/** What a file would do, a moment after it was last changed. */
export function usePlan(text: string): Planned {
  const [planned, setPlanned] = useState<Planned & { readonly of: string }>({ plan: undefined, problem: undefined, isStale: false, of: "" });
  const isEmpty = text.trim() === "";
  useEffect(() => {
    if (isEmpty) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask("POST /api/pipelines/plan", { body: { text }, signal: abort.signal }).then(
        (plan) => setPlanned({ plan, problem: undefined, isStale: false, of: text }),
        (error: unknown) => {
          if (!isAbort(error)) setPlanned({ plan: undefined, problem: asProblem(error), isStale: false, of: text });
        },
      );
    }, 500);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, isEmpty]);
  if (isEmpty) return { plan: undefined, problem: undefined, isStale: false };
  return { ...planned, isStale: planned.of !== text };
}

/** Everything that is wrong with a file, each with the way to its line. */
export function Problems({ problems, onGoTo }: { problems: readonly PipelinePlanReplyProblem[]; onGoTo: (line: number) => void }) {
  const say = useWords(pipelineWords);
  return (
    <section className="note note-bad pipeline-problems" aria-label={say("problems", { n: problems.length })}>
      <Icon name="warning" />
      <div>
        <p className="pipeline-problems-title">{say("problems", { n: problems.length })}</p>
        <ul>
          {problems.map((each, place) => (
            <Wrong key={place} problem={each} onGoTo={onGoTo} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function Wrong({ problem, onGoTo }: { problem: PipelinePlanReplyProblem; onGoTo: (line: number) => void }) {
  const say = useWords(pipelineWords);
  return (
    <li>
      <button type="button" className="pipeline-line number" aria-label={say("toLine", { n: problem.line })} onClick={() => onGoTo(problem.line)}>
        {say("line", { n: problem.line })}
      </button>
      <ProblemWords
        problem={problem}
        lead={
          problem.path && (
            <>
              <code className="pipeline-path">{problem.path}</code>{" "}
            </>
          )
        }
      />
    </li>
  );
}

/** What each step will do, make and take. */
export function PlanSteps({ steps }: { steps: readonly PipelinePlanReplyStep[] }) {
  return (
    <StepList>
      {steps.map((step, place) => (
        <StepCard key={step.id} id={step.id} kind={step.kind} number={place + 1} status="pending">
          <PlanStep step={step} />
        </StepCard>
      ))}
    </StepList>
  );
}

function PlanStep({ step }: { step: PipelinePlanReplyStep }) {
  const say = useWords(pipelineWords);
  const sayUI = useWords(uiWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const { estimate } = step;
  const memory = estimate?.memory;
  const figures = estimate && [
    ...(memory
      ? [
          memory.available == null
            ? say("memory", { size: format.bytes(memory.total) })
            : say("memoryOf", { size: format.bytes(memory.total), all: format.bytes(memory.available) }),
        ]
      : []),
    ...(estimate.disk ? [say("disk", { size: format.bytes(estimate.disk.total) })] : []),
    estimate.time ? say("time", { time: format.duration(estimate.time.seconds), n: estimate.time.trainings }) : say("timeUnknown"),
  ];
  const isTooMuch = memory?.fit === "exceeds" || memory?.fit === "tight";
  return (
    <>
      <p>
        <Coded text={sayServer(step.summary)} />
      </p>
      {step.creates.length > 0 && (
        <p className="pipeline-makes">
          {say("makes")}
          {sayUI("colon")}
          {step.creates.map(sayServer).join(" · ")}
        </p>
      )}
      {figures && figures.length > 0 && (
        <p className={isTooMuch ? "pipeline-figures pipeline-warning" : "pipeline-figures"}>
          {isTooMuch && <Icon name="warning" size={14} />}
          <span className="number">{figures.join(" · ")}</span>
        </p>
      )}
      {step.warnings.map((warning) => (
        <p key={warning} className="pipeline-warning">
          <Icon name="warning" size={14} />
          <span>
            <Coded text={sayServer(warning)} />
          </span>
        </p>
      ))}
    </>
  );
}
