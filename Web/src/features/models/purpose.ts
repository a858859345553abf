import type { ListedModelReply } from "../../api/types.js";

/** Whether a model scores answers and writes none, so that nobody can talk to it. */
export function isRewardModel(model: ListedModelReply): boolean {
  return model.stage === "rm";
}
