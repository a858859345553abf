import { Link } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { TaskReply } from "../../api/types.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Filtered } from "../../ui/Filtered.js";
import { ListPage } from "../../ui/ListPage.js";
import { lastPart } from "../../ui/lastPart.js";
import { Ago, Table } from "../../ui/Table.js";
import { TaskActions } from "./TaskActions.js";
import { TaskProgress, TaskState } from "./TaskProgress.js";
import { isActive } from "./taskWords.js";
import "./tasks.css";
import { useClusterPlaces } from "./useClusterPlaces.js";
import { taskWords } from "./words.js";

const SORTS: Record<"all" | "active" | "ended" | "failed", (task: TaskReply) => boolean> = {
  all: () => true,
  active: isActive,
  ended: (task) => !isActive(task),
  failed: (task) => task.status === "failed",
};

export default function TaskList() {
  const say = useWords(taskWords);
  const tasks = useResource("GET /api/tasks", { query: { limit: 500 } }, ["task.changed", "task.progress", "task.deleted"], 1_000);
  useClusterPlaces(tasks.data?.tasks, tasks.reload);
  const hosts = useResource("GET /api/hosts", {});
  const sayServer = useServerSentence();
  const host = (task: TaskReply) => sayServer(hosts.data?.hosts.find((each) => each.host_id === task.host_id)?.name ?? task.host_id);
  return (
    <ListPage
      title={say("title")}
      all={tasks.data?.tasks}
      problem={tasks.problem}
      reload={tasks.reload}
      create={
        <ButtonLink to="/app/tasks/new" look="primary" icon="plus">
          {say("newTask")}
        </ButtonLink>
      }
      none={say("none")}
      noneHelp={say("noneHelp")}
      lines={6}
    >
      {(all) => (
        <Filtered label={say("filter")} all={all} sorts={SORTS} nameOf={(sort) => say(sort)} none={say("noneOf")}>
          {(shown) => (
            <Table
              className="tasks-table"
              rows={shown}
              keyOf={(task) => task.task_id}
              columns={[
                {
                  title: say("name"),
                  className: "tasks-name",
                  cell: (task) => (
                    <>
                      <Link className="table-name" to={`/app/tasks/${task.task_id}`}>
                        {task.name}
                      </Link>
                      <span className="table-sub" title={task.model_name}>
                        {lastPart(task.model_name)}
                      </span>
                      <TaskProgress task={task} />
                    </>
                  ),
                },
                { title: say("state"), cell: (task) => <TaskState task={task} /> },
                { title: say("host"), cell: host },
                { title: say("submitted"), cell: (task) => <Ago at={task.created_at} /> },
              ]}
              actions={(task) => <TaskActions task={task} onChange={tasks.reload} />}
            />
          )}
        </Filtered>
      )}
    </ListPage>
  );
}
