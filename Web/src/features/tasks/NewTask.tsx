import { useCallback, useEffect, useMemo, useRef, useState, type FormEvent } from "react";
import { navigate, useLeaveCheck, useQuery } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { idempotencyKey } from "../../api/idempotencyKey.js";
import { useResource } from "../../api/resource.js";
import type { DatasetReply } from "../../api/types.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { saidOf, Select, TextField } from "../../ui/Field.js";
import { PageHead, Section } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { RadioCards } from "../../ui/RadioCards.js";
import { toast } from "../../ui/toasts.js";
import { CLUSTER_NAMES } from "../hosts/clusterDraft.js";
import { ClusterFields } from "../hosts/ClusterFields.js";
import { DatasetField } from "./DatasetField.js";
import { Further } from "./Further.js";
import { draftOf, EMPTY, METHODS, request, STAGES, suggestedName, type Draft } from "./draft.js";
import { Estimate, FitWarning, useEstimate } from "./Estimate.js";
import { ModelField } from "./ModelField.js";
import { newWords } from "./newWords.js";
import { Preview } from "./Preview.js";
import { TemplateField } from "./TemplateField.js";
import "./newTask.css";
import { taskWords } from "./words.js";

const PRESETS = [
  { id: "quick", name: "presetQuick", help: "presetQuickHelp", changes: { epochs: "1", method: "lora", learningRate: "5e-5", further: {} } },
  { id: "usual", name: "presetUsual", help: "presetUsualHelp", changes: { epochs: "3", method: "lora", learningRate: "5e-5", further: {} } },
  {
    id: "small",
    name: "presetSmall",
    help: "presetSmallHelp",
    changes: { epochs: "30", method: "lora", learningRate: "1e-3", further: { lora_rank: "16" } },
  },
  {
    id: "thorough",
    name: "presetThorough",
    help: "presetThoroughHelp",
    changes: {
      epochs: "5",
      method: "lora",
      learningRate: "1e-4",
      further: { lora_rank: "16", val_size: "0.1", eval_strategy: "steps", eval_steps: "50" },
    },
  },
] as const;

/** Whether a draft is as a preset makes it: until something that it set is changed. */
function isAs(draft: Draft, changes: Partial<Draft>): boolean {
  return Object.entries(changes).every(([name, value]) => JSON.stringify(draft[name as keyof Draft]) === JSON.stringify(value));
}

/** One page from a model and data to a training; what will run is shown as it changes. */
export default function NewTask() {
  const say = useWords(newWords);
  const sayTask = useWords(taskWords);
  const sayServer = useServerSentence();
  const query = useQuery();
  const [draft, setDraft] = useState<Draft>(() => ({
    ...EMPTY,
    ...(PRESETS.find((preset) => preset.id === query.get("preset"))?.changes as Partial<Draft> | undefined),
    name: query.get("name") ?? "",
    model: query.get("model") ?? "",
    datasets: query.get("dataset") ? [query.get("dataset") as string] : [],
  }));
  const [isTouched, setTouched] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const key = useRef(idempotencyKey());
  const [earlier, setEarlier] = useState(query.get("from"));
  const from = useResource("GET /api/tasks/{task_id}", earlier ? { path: { task_id: earlier } } : undefined);
  const hosts = useResource("GET /api/hosts", {});
  const options = useResource("GET /api/training/options", {});
  const { data: earlierTask } = from;
  const chosen = hosts.data?.hosts.find((host) => host.host_id === draft.host) ?? hosts.data?.hosts[0];
  const isCluster = chosen?.kind === "slurm";
  const estimate = useEstimate(draft, isCluster);

  useEffect(() => {
    if (earlierTask && options.data) setDraft(draftOf(earlierTask, options.data.arguments));
  }, [earlierTask?.task_id, options.data !== undefined]);

  useEffect(() => {
    // What is wrong with a field is said beside it: the first of them is gone to.
    if (problem) document.querySelector<HTMLElement>(".new-task-form [aria-invalid='true']")?.focus();
  }, [problem]);

  const change = useCallback((changes: Partial<Draft>) => {
    setTouched(true);
    setDraft((old) => ({ ...old, ...changes }));
  }, []);
  const takeUpload = useCallback(({ file_path: path }: DatasetReply) => {
    setTouched(true);
    setDraft((old) => (old.datasets.includes(path) ? old : { ...old, datasets: [...old.datasets, path] }));
  }, []);
  const suggestion = suggestedName(draft);
  const named = draft.name.trim() ? draft : { ...draft, name: suggestion };
  const mayLeave = useMemo(() => (isTouched && !isBusy ? () => confirm(say("leave")) : undefined), [isTouched, isBusy, say]);
  useLeaveCheck(mayLeave);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const reply = await ask("POST /api/tasks", { body: request(named, isCluster), headers: { "Idempotency-Key": key.current } });
      toast(say("submitted"));
      navigate(`/app/tasks/${reply.task_id}`);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };

  const text = (name: "epochs" | "learningRate" | "batchSize" | "accumulation" | "cutoff" | "gpus" | "priority") => ({
    value: draft[name],
    onChange: (event: { currentTarget: { value: string } }) => change({ [name]: event.currentTarget.value }),
    inputMode: "decimal" as const,
  });
  /** Where the server refused: everything that has nothing in it, not the first alone. */
  const needed = (value: string) => (problem?.code === "invalid_input" && value.trim() === "" ? say("needed") : undefined);
  /** Of a number: that it is none, whichever of several the server named; else what the server said. */
  const numberError = (value: string, field: string) =>
    problem?.code === "invalid_input" && value.trim() !== "" && !Number.isFinite(Number(value)) ? say("noNumber") : saidOf(problem, field);
  const isPlaced = (field: string) => PLACED.has(field) || field in draft.further || (isCluster && CLUSTER_PLACED.has(field));
  const unplaced = problem && (problem.fields.length === 0 || problem.fields.some((each) => !isPlaced(each.field)));

  return (
    <div className="page new-task">
      <PageHead title={say("title")} parent={{ to: "/app/tasks", name: sayTask("title") }} />
      <form className="new-task-form" onSubmit={(event) => void submit(event)} noValidate>
        <div className="form">
          <div className="presets" role="group" aria-label={say("presets")}>
            {PRESETS.map((preset) => (
              <button
                key={preset.id}
                type="button"
                className="preset"
                aria-pressed={isAs(draft, preset.changes)}
                onClick={() => change(preset.changes as Partial<Draft>)}
              >
                <strong>{say(preset.name)}</strong>
                <span>{say(preset.help)}</span>
              </button>
            ))}
          </div>
          <Earlier
            chosen={earlier}
            onChoose={(id) => {
              setTouched(true);
              setEarlier(id);
            }}
          />
          <Section title={say("what")}>
            <TextField
              label={say("name")}
              help={say("nameHelp")}
              placeholder={suggestion || say("namePlaceholder")}
              value={draft.name}
              onChange={(event) => change({ name: event.currentTarget.value })}
              error={needed(named.name) ?? saidOf(problem, "name")}
              maxLength={100}
            />
            <ModelField
              value={draft.model}
              onChange={(model) => change({ model })}
              onSuggest={(model) => setDraft((old) => (old.model ? old : { ...old, model }))}
              error={needed(draft.model) ?? saidOf(problem, "model_name")}
            />
            <DatasetField
              chosen={draft.datasets}
              onChange={(datasets) => change({ datasets })}
              onUploaded={takeUpload}
              error={needed(draft.datasets.join()) ?? saidOf(problem, "dataset_path")}
            />
          </Section>
          <Section title={say("how")}>
            <RadioCards
              label={say("stage")}
              value={draft.stage}
              onChoose={(stage) => change({ stage })}
              options={STAGES.map((stage) => ({ value: stage, label: say(stage), help: say(`${stage}Help`) }))}
            />
            <RadioCards
              label={say("method")}
              value={draft.method}
              onChoose={(method) => change({ method })}
              options={METHODS.map((method) => ({ value: method, label: say(method), help: say(`${method}Help`) }))}
            />
            <div className="form-row">
              <TextField label={say("epochs")} help={say("epochsHelp")} error={numberError(draft.epochs, "epochs")} {...text("epochs")} />
              <TextField
                label={say("learningRate")}
                help={say("learningRateHelp")}
                error={numberError(draft.learningRate, "learning_rate")}
                {...text("learningRate")}
              />
              <TextField label={say("batchSize")} help={say("batchSizeHelp")} error={numberError(draft.batchSize, "batch_size")} {...text("batchSize")} />
              <TextField
                label={say("accumulation")}
                help={say("accumulationHelp")}
                error={numberError(draft.accumulation, "gradient_accumulation_steps")}
                {...text("accumulation")}
              />
              <TextField label={say("cutoff")} help={say("cutoffHelp")} error={numberError(draft.cutoff, "cutoff_len")} {...text("cutoff")} />
              <TemplateField value={draft.template} onChange={(template) => change({ template })} error={saidOf(problem, "template")} />
            </div>
            <Further values={draft.further} onChange={(further) => change({ further })} problem={problem} />
          </Section>
          <Section title={say("where")}>
            <div className="form-row">
              <Select
                label={say("host")}
                value={draft.host}
                onChange={(event) => change({ host: event.currentTarget.value })}
                error={saidOf(problem, "host_id")}
              >
                <option value="">{chosen && !draft.host ? sayServer(chosen.name) : say("hostAny")}</option>
                {hosts.data?.hosts.slice(draft.host ? 0 : 1).map((host) => (
                  <option key={host.host_id} value={host.host_id}>
                    {sayServer(host.name)}
                  </option>
                ))}
              </Select>
              <TextField
                label={say(isCluster ? "gpusEach" : "gpus")}
                help={say(isCluster ? "gpusEachHelp" : "gpusHelp")}
                placeholder={say(isCluster ? "gpusAsGRES" : "gpusAuto")}
                error={numberError(draft.gpus, "gpus")}
                {...text("gpus")}
              />
              {!isCluster && (
                <TextField label={say("priority")} help={say("priorityHelp")} error={numberError(draft.priority, "priority")} {...text("priority")} />
              )}
            </div>
            {isCluster && (
              <ClusterFields draft={draft.cluster} defaults={chosen.slurm} problem={problem} onChange={(cluster) => change({ cluster })} />
            )}
          </Section>
          {unplaced && <ProblemNote problem={problem} />}
          <div className="narrow-only">
            <FitWarning made={estimate.made} />
          </div>
          <div className="form-actions new-task-foot">
            <Button type="submit" look="primary" icon="play" isBusy={isBusy}>
              {say("submit")}
            </Button>
          </div>
        </div>
        <div className="new-task-aside">
          <Estimate made={estimate.made} isStale={estimate.isStale} cutoff={draft.cutoff} />
          <Preview draft={draft} isCluster={isCluster} />
        </div>
      </form>
    </div>
  );
}

/** Trainings that were, to begin from one of them. */
function Earlier({ chosen, onChoose }: { chosen: string | null; onChoose: (id: string) => void }) {
  const say = useWords(newWords);
  const tasks = useResource("GET /api/tasks", { query: { limit: 500 } });
  const all = tasks.data?.tasks ?? [];
  if (all.length === 0) return null;
  const isListed = all.some((task) => task.task_id === chosen);
  return (
    <Select label={say("copyFrom")} value={isListed ? (chosen ?? "") : ""} onChange={(event) => onChoose(event.currentTarget.value)}>
      <option value="" disabled>
        {say("copyFromNone")}
      </option>
      {all.map((task) => (
        <option key={task.task_id} value={task.task_id}>
          {task.name}
        </option>
      ))}
    </Select>
  );
}

/** Fields beside which a problem is said. */
const PLACED = new Set(["name", "model_name", "dataset_path", "epochs", "learning_rate", "batch_size", "gradient_accumulation_steps", "cutoff_len", "template", "gpus", "priority", "host_id"]);
const CLUSTER_PLACED = new Set(CLUSTER_NAMES.map((name) => `slurm.${name}`));
