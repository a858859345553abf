import type { CreateTaskRequest, TaskDetailReply, TrainingArgumentReply } from "../../api/types.js";
import { clusterDraftOf, clusterSettingsOf, EMPTY_CLUSTER, type ClusterDraft } from "../hosts/clusterDraft.js";

export type Method = "lora" | "qlora" | "full" | "freeze" | "oft";
export type Stage = "sft" | "dpo" | "kto" | "pt" | "rm";
export const METHODS: readonly Method[] = ["lora", "qlora", "full", "freeze", "oft"];
export const STAGES: readonly Stage[] = ["sft", "dpo", "kto", "pt", "rm"];
/** Bits per weight that the method `qlora` stands for; other numbers are a further argument of `lora` and `oft`. */
const QLORA_BITS = 4;

/** A training as it is written: texts, until they are checked. */
export interface Draft {
  readonly name: string;
  readonly model: string;
  readonly datasets: readonly string[];
  readonly method: Method;
  readonly stage: Stage;
  readonly template: string;
  readonly epochs: string;
  readonly learningRate: string;
  readonly batchSize: string;
  readonly accumulation: string;
  readonly cutoff: string;
  readonly host: string;
  readonly gpus: string;
  readonly priority: string;
  /** What a cluster is asked for, where the host is one. */
  readonly cluster: ClusterDraft;
  /** Further arguments, each as it was typed. */
  readonly further: Readonly<Record<string, string>>;
}

export const EMPTY: Draft = {
  name: "",
  model: "",
  datasets: [],
  method: "lora",
  stage: "sft",
  template: "",
  epochs: "3",
  learningRate: "5e-5",
  batchSize: "4",
  accumulation: "1",
  cutoff: "1024",
  host: "",
  gpus: "",
  priority: "0",
  cluster: EMPTY_CLUSTER,
  further: {},
};

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** What a training without a name is called: after its model and its first data, each without its folders. Empty where there is neither. */
export function suggestedName(draft: Draft): string {
  const last = (path: string) => (ID.test(path) ? "" : path.slice(path.lastIndexOf("/") + 1));
  const data = last(draft.datasets[0] ?? "").replace(/\.(jsonl?|txt)$/i, "");
  return [last(draft.model.trim()), data].filter(Boolean).join("-").slice(0, 100);
}

/** Arguments that have a field of their own. */
export const OWN = new Set([
  "finetuning_type",
  "stage",
  "template",
  "num_train_epochs",
  "learning_rate",
  "per_device_train_batch_size",
  "gradient_accumulation_steps",
  "cutoff_len",
]);

/** What stands in a field for a value: a word as it is, everything else as JSON. */
export function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value of what was typed: JSON where it is some, else the text itself. */
export function typed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A number; what is none goes as it is, for the server to refuse: as `null` it would pass for one that was left out. */
function number(text: string): number | undefined {
  const word = text.trim();
  if (word === "") return undefined;
  return Number.isFinite(Number(word)) ? Number(word) : (word as unknown as number);
}

/** The request of a draft; what has no meaning on its host is not sent. */
export function request(draft: Draft, isCluster = false): CreateTaskRequest {
  const slurm = clusterSettingsOf(draft.cluster);
  const further = Object.fromEntries(Object.entries(draft.further).map(([name, text]) => [name, typed(text)]));
  return {
    name: draft.name.trim(),
    model_name: draft.model.trim(),
    dataset_path: draft.datasets.join(","),
    epochs: number(draft.epochs),
    learning_rate: number(draft.learningRate),
    batch_size: number(draft.batchSize),
    template: draft.template || undefined,
    host_id: draft.host || undefined,
    gpus: number(draft.gpus),
    ...(isCluster ? (Object.keys(slurm).length > 0 ? { slurm } : {}) : { priority: number(draft.priority) }),
    arguments: {
      ...further,
      finetuning_type: draft.method === "qlora" ? "lora" : draft.method,
      ...(draft.method === "qlora" ? { quantization_bit: QLORA_BITS } : {}),
      stage: draft.stage,
      gradient_accumulation_steps: number(draft.accumulation) ?? 1,
      cutoff_len: number(draft.cutoff) ?? 1024,
    },
  };
}

/** A draft as an earlier task was: what the server sets by itself is not the user's choice, and left out. */
export function draftOf(task: TaskDetailReply, known: readonly Pick<TrainingArgumentReply, "name" | "default_json">[]): Draft {
  const given = task.arguments as Record<string, unknown>;
  const defaults = new Map(known.map((each) => [each.name, JSON.stringify(JSON.parse(each.default_json))]));
  const type = given["finetuning_type"];
  const stage = given["stage"];
  const isQLoRA = (type === undefined || type === "lora") && given["quantization_bit"] === QLORA_BITS;
  const method: Method = isQLoRA ? "qlora" : (METHODS.find((each) => each === type) ?? "lora");
  return {
    ...EMPTY,
    name: copyName(task.name),
    model: task.model_name,
    datasets: task.dataset_path.split(",").map((path) => path.trim()),
    method,
    stage: STAGES.find((each) => each === stage) ?? "sft",
    template: task.template,
    epochs: shown(task.epochs),
    learningRate: shown(task.learning_rate),
    batchSize: shown(task.batch_size),
    accumulation: shown(given["gradient_accumulation_steps"] ?? 1),
    cutoff: shown(given["cutoff_len"] ?? 1024),
    host: task.host_id,
    gpus: task.gpus == null ? "" : shown(task.gpus),
    priority: shown(task.priority),
    cluster: clusterDraftOf(task.slurm),
    further: Object.fromEntries(
      Object.entries(given)
        .filter(([name, value]) => !OWN.has(name) && !(isQLoRA && name === "quantization_bit") && defaults.get(name) !== JSON.stringify(value))
        .map(([name, value]) => [name, shown(value)]),
    ),
  };
}

/** Signs that a task's name may have. */
const LONGEST_NAME = 100;

/** `a` becomes `a 2`, and `a 2` becomes `a 3`. */
export function copyName(name: string): string {
  const match = /^(.*\S)\s+(\d{1,6})$/.exec(name);
  const [stem, number] = match ? [match[1] as string, ` ${Number(match[2]) + 1}`] : [name, " 2"];
  // Cut by signs, not by halves of them.
  return [...stem].slice(0, LONGEST_NAME - number.length).join("").trimEnd() + number;
}
