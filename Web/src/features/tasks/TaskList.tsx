import { useState } from "react";
import { Link } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { TaskReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Choice } from "../../ui/Choice.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { lastPart } from "../../ui/lastPart.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { TaskActions } from "./TaskActions.js";
import { TaskProgress, TaskState } from "./TaskProgress.js";
import { isActive } from "./taskWords.js";
import "./tasks.css";
import { taskWords } from "./words.js";

type Filter = "all" | "active" | "ended" | "failed";
const FILTERS: readonly Filter[] = ["all", "active", "ended", "failed"];

const isShown: Record<Filter, (task: TaskReply) => boolean> = {
  all: () => true,
  active: isActive,
  ended: (task) => !isActive(task),
  failed: (task) => task.status === "failed",
};

export default function TaskList() {
  const say = useWords(taskWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const [filter, setFilter] = useState<Filter>("all");
  const tasks = useResource("GET /api/tasks", { query: { limit: 500 } }, ["task.changed", "task.progress", "task.deleted"], 1_000);
  const hosts = useResource("GET /api/hosts", {});
  const all = tasks.data?.tasks;
  const shown = all?.filter(isShown[filter]) ?? [];
  const create = (
    <ButtonLink to="/app/tasks/new" look="primary" icon="plus">
      {say("newTask")}
    </ButtonLink>
  );
  const sayServer = useServerSentence();
  const host = (task: TaskReply) => sayServer(hosts.data?.hosts.find((each) => each.host_id === task.host_id)?.name ?? task.host_id);
  return (
    <div className="page">
      <PageHead title={say("title")} actions={all && all.length > 0 && create} />
      {tasks.problem && !all && <ProblemNote problem={tasks.problem} onRetry={tasks.reload} />}
      {!all && !tasks.problem && <Skeleton label={sayUI("loading")} lines={6} />}
      {all?.length === 0 && (
        <Empty title={say("none")} actions={create}>
          {say("noneHelp")}
        </Empty>
      )}
      {all && all.length > 0 && (
        <Choice
          label={say("filter")}
          value={filter}
          onChoose={setFilter}
          options={FILTERS.map((each) => ({ value: each, label: say(each), count: all.filter(isShown[each]).length }))}
        />
      )}
      {all && all.length > 0 && shown.length === 0 && <Empty title={say("noneOf")} />}
      {shown.length > 0 && (
        <div className="table-wrap tasks-table">
          <table className="table table-stack">
            <thead>
              <tr>
                <th scope="col">{say("name")}</th>
                <th scope="col">{say("state")}</th>
                <th scope="col">{say("host")}</th>
                <th scope="col">{say("submitted")}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {shown.map((task) => (
                <tr key={task.task_id}>
                  <td className="tasks-name">
                    <Link className="table-name" to={`/app/tasks/${task.task_id}`}>
                      {task.name}
                    </Link>
                    <span className="table-sub" title={task.model_name}>
                      {lastPart(task.model_name)}
                    </span>
                    <TaskProgress task={task} />
                  </td>
                  <td data-label={say("state")}>
                    <TaskState task={task} />
                  </td>
                  <td data-label={say("host")}>{host(task)}</td>
                  <td data-label={say("submitted")}>
                    <time dateTime={task.created_at} title={format.dateTime(task.created_at)}>
                      {format.ago(task.created_at)}
                    </time>
                  </td>
                  <td>
                    <div className="table-actions">
                      <TaskActions task={task} onChange={tasks.reload} />
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
