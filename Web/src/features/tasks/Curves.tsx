import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ask } from "../../api/client.js";
import { useResource } from "../../api/resource.js";
import type { TaskReply } from "../../api/types.js";
import { Chart, type ChartWords } from "../../chart/Chart.js";
import { useWords } from "../../i18n/words.js";
import { Metrics } from "./Metrics.js";
import { useGrowth } from "./LiveFile.js";
import { taskWords } from "./words.js";

/** Loss, evaluation and learning rate as they come, with the losses of other tasks laid over where that is asked for. */
export function Curves({ task, isGrowing }: { task: TaskReply; isGrowing: boolean }) {
  const say = useWords(taskWords);
  const own = useMetrics(task.task_id, task.attempt, isGrowing);
  const [beside, setBeside] = useState<readonly TaskReply[]>([]);
  const words = useMemo<ChartWords>(
    () => ({
      title: say("loss"),
      x: say("step"),
      smoothing: say("smoothing"),
      logarithmic: say("logarithmic"),
      wholeRange: say("wholeRange"),
      image: say("image"),
      table: say("table"),
      empty: say(own.isRead ? (isGrowing ? "noCurve" : "emptyCurve") : "readingCurve"),
      keys: say("chartKeys"),
    }),
    [say, own.isRead, isGrowing],
  );
  const rateWords = useMemo(() => ({ ...words, title: say("learningRate") }), [words, say]);
  const others = useOthers(beside);
  const losses = useMemo(() => {
    const { loss, evalLoss } = own.metrics;
    const lines = [loss.series("loss", beside.length > 0 ? task.name : say("trainLoss"), 1)];
    if (evalLoss.count > 0) lines.push(evalLoss.series("eval", say("evalLoss"), 2));
    return [...lines, ...others];
    // `own` changes with every piece that came.
  }, [own, others, beside, say, task.name]);
  const rates = useMemo(() => [own.metrics.learningRate.series("rate", say("learningRate"), 5)], [own, say]);
  if (own.isRead && !isGrowing && own.metrics.loss.count === 0) return <p className="page-sub">{say("emptyCurve")}</p>;
  return (
    <div className="curves">
      <div className="card">
        <Chart series={losses} words={words} name={`${task.name}-loss`} />
        <Beside task={task} chosen={beside} onChoose={setBeside} />
      </div>
      <div className="card">
        <Chart series={rates} words={rateWords} name={`${task.name}-learning-rate`} />
      </div>
    </div>
  );
}

function useMetrics(taskID: string, attempt: number, isGrowing: boolean): { metrics: Metrics; isRead: boolean } {
  const [state, setState] = useState(() => ({ metrics: new Metrics(), isRead: false }));
  const offset = useRef(0);
  useEffect(() => {
    offset.current = 0;
    setState({ metrics: new Metrics(), isRead: false });
  }, [taskID, attempt]);
  const read = useCallback(
    async (signal: AbortSignal) => {
      const query = { from: offset.current };
      const reply = await ask("GET /api/tasks/{task_id}/metrics", { path: { task_id: taskID }, query, signal });
      const hasMore = reply.next_offset > offset.current;
      offset.current = reply.next_offset;
      setState((old) => {
        if (reply.metrics.length === 0 && old.isRead) return old;
        old.metrics.add(reply.metrics);
        return { metrics: old.metrics, isRead: true };
      });
      return hasMore;
    },
    [taskID],
  );
  useGrowth(taskID, isGrowing, read);
  return state;
}

/** As many as leave connections for the rest of the page. */
const READ_AT_ONCE = 3;

/** The losses of other tasks, each read once. */
function useOthers(tasks: readonly TaskReply[]) {
  const [read, setRead] = useState<ReadonlyMap<string, Metrics>>(new Map());
  const known = useRef(read);
  known.current = read;
  useEffect(() => {
    const end = new AbortController();
    const left = tasks.map((task) => task.task_id).filter((id) => !known.current.has(id));
    const work = async () => {
      for (let id = left.shift(); id !== undefined && !end.signal.aborted; id = left.shift()) {
        try {
          const found = [id, await readAll(id, end.signal)] as const;
          setRead((old) => new Map(old).set(...found));
        } catch {
          // Its host is away: it is not drawn.
        }
      }
    };
    for (let worker = 0; worker < READ_AT_ONCE; worker++) void work();
    return () => end.abort();
  }, [tasks]);
  return useMemo(
    () => tasks.flatMap((task, index) => read.get(task.task_id)?.loss.series(task.task_id, task.name, ((index + 2) % 6) + 1) ?? []),
    [tasks, read],
  );
}

async function readAll(taskID: string, signal: AbortSignal): Promise<Metrics> {
  const metrics = new Metrics();
  for (let from = 0; ; ) {
    const reply = await ask("GET /api/tasks/{task_id}/metrics", { path: { task_id: taskID }, query: { from }, signal });
    metrics.add(reply.metrics);
    if (reply.next_offset <= from) return metrics;
    from = reply.next_offset;
  }
}

function Beside(props: { task: TaskReply; chosen: readonly TaskReply[]; onChoose: (tasks: readonly TaskReply[]) => void }) {
  const say = useWords(taskWords);
  const tasks = useResource("GET /api/tasks", { query: { limit: 500 } });
  const others = (tasks.data?.tasks ?? []).filter((each) => each.task_id !== props.task.task_id && each.started_at);
  if (others.length === 0) return null;
  const isChosen = (task: TaskReply) => props.chosen.some((each) => each.task_id === task.task_id);
  return (
    <details className="beside">
      <summary>
        {say("beside")}
        {props.chosen.length > 0 && <span className="choice-count number">{props.chosen.length}</span>}
      </summary>
      <div className="beside-tools">
        <button type="button" className="chart-tool" onClick={() => props.onChoose(others)}>
          {say("besideAll")}
        </button>
        <button type="button" className="chart-tool" onClick={() => props.onChoose([])}>
          {say("besideNone")}
        </button>
      </div>
      <div className="beside-list" role="group" aria-label={say("beside")}>
        {others.map((task) => (
          <label key={task.task_id} className="beside-entry">
            <input
              type="checkbox"
              checked={isChosen(task)}
              onChange={() =>
                props.onChoose(
                  isChosen(task) ? props.chosen.filter((each) => each.task_id !== task.task_id) : [...props.chosen, task],
                )
              }
            />
            {task.name}
          </label>
        ))}
      </div>
    </details>
  );
}
