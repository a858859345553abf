import type { TaskReply } from "../../api/types.js";
import { useTicks } from "../hosts/useTicks.js";

/** Reads trainings again while one of them waits in a cluster's queue: what moves there comes with no event. */
export function useClusterPlaces(tasks: readonly TaskReply[] | undefined, reload: () => void): void {
  useTicks(4_000, () => {
    if (tasks?.some((task) => task.status === "queued" && task.cluster_job)) reload();
  });
}
