import type { TaskReply } from "../../api/types.js";
import { shortNumber } from "../../chart/scale.js";
import { useFormat } from "../../i18n/format.js";
import { useLanguage } from "../../i18n/language.js";
import { useWords } from "../../i18n/words.js";
import { Announced } from "../../ui/Announced.js";
import { Facts } from "../../ui/Facts.js";
import { Progress, State } from "../../ui/State.js";
import { isActive, isClusterAway, isEnding, said, taskState, taskStateWords } from "./taskWords.js";

export function TaskState({ task }: { task: TaskReply }) {
  const say = useWords(taskStateWords);
  const { tone, word } = taskState(task);
  return <State tone={tone}>{say(word)}</State>;
}

/** Says the state of a task when it has become another. */
export function StateNews({ task }: { task: TaskReply }) {
  const say = useWords(taskStateWords);
  return <Announced text={`${task.name}: ${say(taskState(task).word)}`} />;
}

/** How far a task is, and what it waits for, in a bar and a line; nothing for one that has ended well. */
export function TaskProgress({ task }: { task: TaskReply }) {
  const say = useWords(taskStateWords);
  const format = useFormat();
  const language = useLanguage();
  const { progress, queue, sending, reason } = task;
  if (!isActive(task)) {
    return reason ? <p className="task-line">{said(language, reason)}</p> : null;
  }
  const words: string[] = [];
  let value: number | undefined;
  if (task.unreachable_since && !isClusterAway(task)) {
    words.push(say("lastContact", { ago: format.ago(task.unreachable_since) }));
  } else if (task.status === "queued" && queue) {
    words.push(said(language, queue));
  } else if (task.status === "staging" && sending) {
    value = sending.percentage / 100;
    words.push(say("sent", { share: format.percent(value), file: sending.file }));
  }
  if (progress && task.status === "running") {
    // A bar that is full and stands still would look as if the training hung.
    value = isEnding(task) ? undefined : progress.percentage / 100;
    words.push(say("step", { step: format.number(progress.step), total: format.number(progress.total_steps) }));
    if (typeof progress.loss === "number") words.push(say("loss", { loss: shortNumber(progress.loss) }));
    if (isEnding(task)) words.push(say("ending"));
    else if (typeof progress.remaining_seconds === "number") words.push(say("left", { time: format.duration(progress.remaining_seconds) }));
  }
  const isMoving = task.status === "running" || task.status === "staging";
  return (
    <div className="task-progress">
      {isMoving && <Progress value={value} label={task.name} />}
      {words.length > 0 && <p className="task-line number"><Facts of={words} /></p>}
    </div>
  );
}
