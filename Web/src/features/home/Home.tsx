import { useUser } from "../../app/account.js";
import { Link } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { TaskReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Empty, PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { TaskProgress, TaskState } from "../tasks/TaskProgress.js";
import { isActive } from "../tasks/taskWords.js";
import { useClusterPlaces } from "../tasks/useClusterPlaces.js";
import { Guide } from "./Guide.js";
import "../tasks/tasks.css";
import "./home.css";
import { HostCard } from "../hosts/HostCard.js";
import { homeWords } from "./words.js";

const TASKS = ["task.changed", "task.progress", "task.deleted"];

/** What runs, what waits and why, what ended and how, the hosts, and for a newcomer the way. */
export default function Home() {
  const say = useWords(homeWords);
  const sayUI = useWords(uiWords);
  const user = useUser();
  const tasks = useResource("GET /api/tasks", { query: { limit: 50 } }, TASKS, 1_000);
  useClusterPlaces(tasks.data?.tasks, tasks.reload);
  const hosts = useResource("GET /api/hosts", {}, ["task.changed", "service.changed"], 5_000);
  const datasets = useResource("GET /api/files/datasets", {}, ["dataset.added", "dataset.deleted"]);
  const models = useResource("GET /api/files/models", {}, ["model.added", "model.deleted"]);
  const all = tasks.data?.tasks ?? [];
  const active = all.filter(isActive);
  const ended = all
    .filter((task) => !isActive(task))
    .sort((a, b) => Date.parse(b.ended_at ?? b.created_at) - Date.parse(a.ended_at ?? a.created_at))
    .slice(0, 6);
  const known = hosts.data && datasets.data && tasks.data && models.data;
  const hasTuned = models.data?.models.some((model) => model.task_id) === true;
  const sayServer = useServerSentence();
  const hostName = (task: TaskReply) => sayServer(hosts.data?.hosts.find((host) => host.host_id === task.host_id)?.name ?? task.host_id);
  const problem = [tasks, hosts, datasets, models].find((each) => each.problem && !each.data);

  return (
    <div className="page">
      <PageHead title={user ? say("hello", { name: user.username }) : say("title")} />
      {problem?.problem && <ProblemNote problem={problem.problem} onRetry={problem.reload} />}
      {known && !hasTuned && (
        <Guide
          hosts={hosts.data?.hosts ?? []}
          datasets={datasets.data?.files ?? []}
          tasks={all}
          models={models.data?.models ?? []}
          onChange={datasets.reload}
        />
      )}
      {(tasks.data || !tasks.problem) && (
      <Section title={say("now")}>
        {!tasks.data && <Skeleton label={sayUI("loading")} />}
        {tasks.data && active.length === 0 && (
          <Empty
            title={say("nothing")}
            actions={
              hasTuned && (
                <ButtonLink to="/app/tasks/new" look="primary" icon="plus">
                  {say("newTask")}
                </ButtonLink>
              )
            }
          />
        )}
        {active.length > 0 && (
          <div className="cards">
            {active.map((task) => (
              <article key={task.task_id} className="card home-task">
                <div className="home-task-head">
                  <div>
                    <h3>
                      <Link className="table-name" to={`/app/tasks/${task.task_id}`}>
                        {task.name}
                      </Link>
                    </h3>
                    <p className="task-line">{task.host_id === "local" ? say("onHere") : say("on", { host: hostName(task) })}</p>
                  </div>
                  <TaskState task={task} />
                </div>
                <TaskProgress task={task} />
              </article>
            ))}
          </div>
        )}
      </Section>
      )}
      {ended.length > 0 && (
        <Section title={say("ended")} actions={<Link to="/app/tasks">{say("all")}</Link>}>
          <Ended tasks={ended} />
        </Section>
      )}
      {(hosts.data || !hosts.problem) && (
        <Section title={say("hosts")}>
          {!hosts.data && <Skeleton label={sayUI("loading")} />}
          <div className="cards">{hosts.data?.hosts.map((host) => <HostCard key={host.host_id} host={host} />)}</div>
        </Section>
      )}
    </div>
  );
}

function Ended({ tasks }: { tasks: readonly TaskReply[] }) {
  const format = useFormat();
  return (
    <div className="table-wrap">
      <table className="table table-stack home-ended">
        <tbody>
          {tasks.map((task) => (
            <tr key={task.task_id}>
              <td>
                <Link className="table-name" to={`/app/tasks/${task.task_id}`}>
                  {task.name}
                </Link>
                <TaskProgress task={task} />
              </td>
              <td>
                <TaskState task={task} />
              </td>
              <td className="number">{task.ended_at && <time dateTime={task.ended_at}>{format.ago(task.ended_at)}</time>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
