import { unbroken } from "../../i18n/format.js";
import type { Language } from "../../i18n/language.js";
import { dictionary } from "../../i18n/words.js";
import type { TaskReply, TaskStatus } from "../../api/types.js";
import type { Tone } from "../../ui/State.js";

/** The words for how a task stands, which several pages say. */
export const taskStateWords = dictionary(
  {
    pending: "Not sent yet",
    queued: "Waiting",
    staging: "Sending files",
    running: "Running",
    completed: "Completed",
    failed: "Failed",
    cancelled: "Cancelled",
    cancelling: "Cancelling",
    unreachable: "Host unreachable",
    step: "Step {step} of {total}",
    loss: "loss {loss}",
    left: "{time} left",
    ending: "all steps are done, the model is being saved",
    sent: "{share} of {file} sent",
    lastContact: "Last contact {ago}: the training goes on there, and is shown again when the host answers.",
  },
  {
    pending: "尚未提交",
    queued: "排队中",
    staging: "传送文件",
    running: "运行中",
    completed: "已完成",
    failed: "失败",
    cancelled: "已取消",
    cancelling: "取消中",
    unreachable: "主机失联",
    step: "第 {step} / {total} 步",
    loss: "损失 {loss}",
    left: "剩余 {time}",
    ending: "训练步骤已全部完成，正在保存模型",
    sent: "{file} 已传送 {share}",
    lastContact: "最后联系时间：{ago}。训练仍在那里继续，主机恢复后会重新显示。",
  },
);

const TONES: Record<TaskStatus, Tone> = {
  pending: "idle",
  queued: "waiting",
  staging: "running",
  running: "running",
  completed: "good",
  failed: "bad",
  cancelled: "idle",
};

/** The tone and the word of a task's state. */
export function taskState(task: TaskReply): { tone: Tone; word: keyof (typeof taskStateWords)["en"] } {
  if (isActive(task)) {
    if (task.unreachable_since && !isClusterAway(task)) return { tone: "waiting", word: "unreachable" };
    if (task.cancel_requested) return { tone: "waiting", word: "cancelling" };
  }
  return { tone: TONES[task.status], word: task.status };
}

/** Whether it waits in a cluster whose Slurm does not answer: its host may well be there. */
export function isClusterAway(task: TaskReply): boolean {
  return task.status === "queued" && task.queue?.reason === "cluster_away";
}

/**
 * Whether the steps are done and the trainer still works: it saves the model and, where rows were kept for that, evaluates it, and
 * counts nothing meanwhile.
 */
export function isEnding({ status, progress }: TaskReply): boolean {
  return status === "running" && progress != null && progress.total_steps > 0 && progress.step >= progress.total_steps;
}

/** Whether it has not ended. */
export function isActive(task: TaskReply): boolean {
  return task.status !== "completed" && task.status !== "failed" && task.status !== "cancelled";
}

/** What the server says in both languages, in the reader's. */
export function said(language: Language, text: { readonly message: string; readonly message_zh: string }): string {
  return unbroken(language === "zh" ? text.message_zh : text.message);
}
