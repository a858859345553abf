import { useMemo } from "react";
import { useResource } from "../../api/resource.js";
import type { TaskDetailReply, TaskGPUReply } from "../../api/types.js";
import { Chart, type ChartWords } from "../../chart/Chart.js";
import type { Series } from "../../chart/series.js";
import { useWords } from "../../i18n/words.js";
import { taskWords } from "./words.js";

/** What the task's GPUs did while it ran; nothing where it had none. */
export function GPUCurves({ task }: { task: TaskDetailReply }) {
  const say = useWords(taskWords);
  const { data } = useResource(
    "GET /api/tasks/{task_id}/gpus",
    task.assigned_gpus.length > 0 ? { path: { task_id: task.task_id }, query: { attempt: task.attempt } } : undefined,
    ["task.progress", "task.changed"],
    5_000,
  );
  const words = useMemo<ChartWords>(
    () => ({
      title: say("gpuUse"),
      x: say("minute"),
      smoothing: say("smoothing"),
      logarithmic: say("logarithmic"),
      wholeRange: say("wholeRange"),
      image: say("image"),
      table: say("table"),
      empty: say("noGPUCurve"),
      keys: say("chartKeys"),
    }),
    [say],
  );
  const memoryWords = useMemo(() => ({ ...words, title: say("gpuMemory") }), [words, say]);
  const use = useMemo(() => seriesOf(data?.gpus ?? [], (sample) => sample.utilization ?? NaN), [data]);
  const memory = useMemo(() => seriesOf(data?.gpus ?? [], (sample) => sample.memory_used_bytes / 2 ** 30), [data]);
  if (task.assigned_gpus.length === 0) return null;
  return (
    <div className="curves">
      <div className="card">
        <Chart series={use} words={words} name={`${task.name}-gpu-use`} />
      </div>
      <div className="card">
        <Chart series={memory} words={memoryWords} name={`${task.name}-gpu-memory`} />
      </div>
    </div>
  );
}

function seriesOf(gpus: readonly TaskGPUReply[], value: (sample: TaskGPUReply["samples"][number]) => number): Series[] {
  return gpus.map((gpu, index) => ({
    id: gpu.uuid,
    label: `GPU ${gpu.index}`,
    colour: (index % 6) + 1,
    x: Float64Array.from(gpu.samples, (sample) => sample.seconds / 60),
    y: Float64Array.from(gpu.samples, value),
    count: gpu.samples.length,
  }));
}
