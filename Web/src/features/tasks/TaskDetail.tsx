import { Fragment } from "react";
import { Link, navigate } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { AttemptReply, TaskDetailReply } from "../../api/types.js";
import { shortNumber } from "../../chart/scale.js";
import { useFormat } from "../../i18n/format.js";
import { useLanguage } from "../../i18n/language.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Coded } from "../../ui/Coded.js";
import { ButtonLink } from "../../ui/Button.js";
import { CopyButton } from "../../ui/CopyButton.js";
import { Icon } from "../../ui/Icon.js";
import { PageHead, Section, Skeleton } from "../../ui/Page.js";
import { lastPart } from "../../ui/lastPart.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { State } from "../../ui/State.js";
import { uiWords } from "../../ui/words.js";
import type { PageProps } from "../../app/routes.js";
import { useClusterFacts } from "../hosts/ClusterFields.js";
import { Curves } from "./Curves.js";
import { GPUCurves } from "./GPUCurves.js";
import { LogView } from "./LogView.js";
import { TaskActions } from "./TaskActions.js";
import { StateNews, TaskProgress, TaskState } from "./TaskProgress.js";
import { isActive, said, taskStateWords } from "./taskWords.js";
import "./tasks.css";
import { useClusterPlaces } from "./useClusterPlaces.js";
import { taskWords } from "./words.js";

/** A task: how it stands, its curves and its log as they come, and what it was made of. */
export default function TaskDetail({ params }: PageProps) {
  const say = useWords(taskWords);
  const sayUI = useWords(uiWords);
  const id = params["id"] ?? "";
  const task = useResource(
    "GET /api/tasks/{task_id}",
    { path: { task_id: id } },
    ["task.changed", "task.progress", "model.added", "model.deleted"],
    700,
  );
  const { data } = task;
  useClusterPlaces(data && [data], task.reload);
  if (!data) {
    return (
      <div className="page">
        <PageHead title={say("title")} parent={{ to: "/app/tasks", name: say("title") }} />
        {task.problem ? <ProblemNote problem={task.problem} onRetry={task.reload} /> : <Skeleton label={sayUI("loading")} lines={8} />}
      </div>
    );
  }
  const hasBegun = data.started_at != null || data.attempts.some((attempt) => attempt.started_at);
  // A reward model rates; it has nothing to say.
  const talks = data.model_id && (data.arguments as Record<string, unknown>)["stage"] !== "rm" ? data.model_id : undefined;
  return (
    <div className="page">
      <PageHead
        title={data.name}
        parent={{ to: "/app/tasks", name: say("title") }}
        sub={
          <span className="task-sub">
            <TaskState task={data} /> <span title={data.model_name}>{lastPart(data.model_name)}</span>
          </span>
        }
        actions={
          <>
            {talks && (
              <ButtonLink to={`/app/chat?model=${encodeURIComponent(talks)}`} look="primary" icon="chat">
                {say("chat")}
              </ButtonLink>
            )}
            {talks && (
              <ButtonLink to={`/app/compare?model=${encodeURIComponent(talks)}`} icon="compare">
                {say("compareBase")}
              </ButtonLink>
            )}
            <TaskActions task={data} hasButton onChange={task.reload} onRemoved={() => navigate("/app/tasks", { replace: true })} />
          </>
        }
      />
      <StateNews task={data} />
      <Standing task={data} />
      <Facts task={data} />
      {hasBegun && (
        <Section title={say("curves")}>
          <Curves task={data} isGrowing={isActive(data)} />
          <GPUCurves task={data} />
        </Section>
      )}
      <Section title={say("log")}>
        <LogView taskID={id} name={data.name} attempt={data.attempt} isGrowing={isActive(data)} />
      </Section>
      <Parameters task={data} />
      {data.attempts.length > 1 && <Attempts attempts={data.attempts} />}
    </div>
  );
}

/** How far it is; where it ended, why, and what to do about it. */
function Standing({ task }: { task: TaskDetailReply }) {
  const language = useLanguage();
  if (isActive(task)) {
    return (
      <div className="card">
        <TaskProgress task={task} />
      </div>
    );
  }
  const { reason } = task;
  if (!reason) return null;
  const hint = language === "zh" ? reason.hint_zh : reason.hint;
  return (
    <div className={task.status === "failed" ? "note note-bad" : "note"}>
      <Icon name={task.status === "failed" ? "warning" : "info"} />
      <div>
        <p>
          <Coded text={said(language, reason)} />
        </p>
        {hint && (
          <p className="note-hint">
            <Coded text={hint} />
          </p>
        )}
        {reason.detail && <pre className="code-block task-reason">{reason.detail}</pre>}
      </div>
    </div>
  );
}

function Facts({ task }: { task: TaskDetailReply }) {
  const say = useWords(taskWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const hosts = useResource("GET /api/hosts", {});
  const sayServer = useServerSentence();
  const factsOf = useClusterFacts();
  const end = task.ended_at ? Date.parse(task.ended_at) : Date.now();
  const host = hosts.data?.hosts.find((each) => each.host_id === task.host_id);
  const isCluster = host?.kind === "slurm" || task.cluster_job != null || task.slurm != null;
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [say("host"), hosts.data ? sayServer(host?.name ?? task.host_id) : "…"],
    ...(isCluster
      ? [
          ...(task.cluster_job ? [[say("clusterJob"), task.cluster_job] as const] : []),
          ...(task.gpus == null ? [] : [[say("gpusEach"), format.number(task.gpus)] as const]),
          ...factsOf(task.slurm),
        ]
      : [[say("gpus"), task.assigned_gpus.length > 0 ? task.assigned_gpus.map((gpu) => gpu.index).join(sayUI("comma")) : say("processor")] as const]),
    [say("submitted"), format.dateTime(task.created_at)],
    ...(task.started_at ? [[say("took"), format.duration((end - Date.parse(task.started_at)) / 1000)] as const] : []),
    ...(task.attempt > 1 ? [[say("attempt"), String(task.attempt)] as const] : []),
    ...(task.model_id ? [[say("tuned"), <Link to={`/app/models/view?name=${encodeURIComponent(task.model_id)}`}>{task.name}</Link>] as const] : []),
    [say("template"), task.template],
    [say("epochs"), format.number(task.epochs)],
    [say("learningRate"), shortNumber(task.learning_rate)],
    [say("batchSize"), format.number(task.batch_size)],
  ];
  return (
    <dl className="facts card">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>{" "}
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Parameters({ task }: { task: TaskDetailReply }) {
  const say = useWords(taskWords);
  const sayUI = useWords(uiWords);
  const entries = Object.entries(task.arguments as Record<string, unknown>).sort(([a], [b]) => a.localeCompare(b));
  return (
    <Section title={say("parameters")}>
      <dl className="parameters card">
        <div>
          <dt>{say("data")}</dt>{" "}
          <dd>
            {task.dataset_path.split(",").map((path, index) => (
              <span key={path} title={path}>
                {index > 0 && sayUI("comma")}
                {lastPart(path)}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>{say("model")}</dt>{" "}
          <dd className="mono">{task.model_name}</dd>
        </div>
        <div>
          <dt>{say("folder")}</dt>{" "}
          <dd className="mono">{task.output_dir}</dd>
        </div>
        {entries.map(([name, value]) => (
          <Pair key={name} name={name} value={typeof value === "string" ? value : JSON.stringify(value)} />
        ))}
      </dl>
      {task.ssh_command && (
        <details className="card task-command">
          <summary>{say("command")}</summary>
          <pre className="code-block" tabIndex={0}>
            {task.ssh_command}
          </pre>
          <CopyButton text={task.ssh_command} />
        </details>
      )}
    </Section>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <div>
      {/* A long name breaks behind an underscore, never within a word. */}
      <dt className="mono">
        {name.split("_").map((part, place) => (
          <Fragment key={place}>
            {place > 0 && (
              <>
                _<wbr />
              </>
            )}
            {part}
          </Fragment>
        ))}
      </dt>{" "}
      <dd className="mono">{value}</dd>
    </div>
  );
}

function Attempts({ attempts }: { attempts: readonly AttemptReply[] }) {
  const say = useWords(taskWords);
  const sayState = useWords(taskStateWords);
  const format = useFormat();
  return (
    <Section title={say("attempts")}>
      <div className="table-wrap">
        <table className="table table-stack">
          <thead>
            <tr>
              <th scope="col">{say("attempt")}</th>
              <th scope="col">{say("state")}</th>
              <th scope="col">{say("started")}</th>
              <th scope="col">{say("endedAt")}</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={attempt.number}>
                <td data-label={say("attempt")}>
                  <div className="table-both">
                    {attempt.number}
                    {attempt.resumed && <span className="table-sub">{say("fromCheckpoint")}</span>}
                  </div>
                </td>
                <td data-label={say("state")}>
                  <div className="table-both">
                    <State tone={attempt.status === "completed" ? "good" : attempt.status === "failed" ? "bad" : "idle"}>
                      {sayState(attempt.status)}
                    </State>
                    {typeof attempt.exit_code === "number" && attempt.exit_code !== 0 && (
                      <span className="table-sub">{say("exit", { code: attempt.exit_code })}</span>
                    )}
                    {typeof attempt.signal === "number" && <span className="table-sub">{say("signal", { signal: attempt.signal })}</span>}
                  </div>
                </td>
                <td data-label={say("started")}>{attempt.started_at ? format.dateTime(attempt.started_at) : "–"}</td>
                <td data-label={say("endedAt")}>{attempt.ended_at ? format.dateTime(attempt.ended_at) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
