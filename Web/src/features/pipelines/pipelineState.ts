import type { PipelineReply, PipelineReplyStep, PipelineStatus, PipelineStepStatus } from "../../api/types.js";
import type { Tone } from "../../ui/State.js";
import type { pipelineWords } from "./words.js";

export type PipelineWord = keyof (typeof pipelineWords)["en"];

/** What a page that shows runs listens to. */
export const PIPELINE_EVENTS = ["pipeline.changed", "pipeline.progress", "pipeline.deleted"] as const;

const TONES: Record<PipelineStatus | PipelineStepStatus, Tone> = {
  pending: "idle",
  running: "running",
  completed: "good",
  failed: "bad",
  cancelled: "idle",
};

/** The tone and the word of a run's state. */
export function runState(run: PipelineReply): { readonly tone: Tone; readonly word: PipelineWord } {
  if (run.status === "running" && run.cancel_requested) return { tone: "waiting", word: "cancelling" };
  return { tone: TONES[run.status], word: run.status };
}

export function stepTone(status: PipelineStepStatus): Tone {
  return TONES[status];
}

/** The step that a run ended at without completing: where it is resumed. */
export function brokenStep(run: PipelineReply): PipelineReplyStep | undefined {
  return run.status === "failed" || run.status === "cancelled"
    ? (run.steps.find((each) => each.status === "failed" || each.status === "cancelled") ??
        run.steps.find((each) => each.status === "pending"))
    : undefined;
}

export function stepsDone(run: PipelineReply): number {
  return run.steps.filter((each) => each.status === "completed").length;
}

/** Seconds from one moment to another, or till now; nothing before it began. */
export function seconds(from: string | null | undefined, to: string | null | undefined): number | undefined {
  return from ? ((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000 : undefined;
}

/** A value that is one reference to what another step makes. */
export function reference(value: string): { readonly step: string; readonly output: string } | undefined {
  const parts = /^\$\{steps\.([^.{}]+)\.([^.{}]+)\}$/.exec(value);
  return parts ? { step: parts[1] as string, output: parts[2] as string } : undefined;
}

/** A text as its words and the outputs of other steps that it names; `$${` stands for `${` itself. */
export function pieces(text: string): (string | { readonly step: string; readonly output: string })[] {
  return text
    .split(/(\$\$\{|\$\{steps\.[^.{}]+\.[^.{}]+\})/)
    .filter((piece) => piece !== "")
    .map((piece) => (piece === "$${" ? "${" : (reference(piece) ?? piece)));
}

/** The fields that say most come first. */
const FIRST = ["model", "dataset", "name", "question", "message"];

export function ordered<T>(fields: { readonly [key: string]: T }): [string, T][] {
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(fields).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}
