import { useEffect, useRef } from "react";
import { isAbort } from "../../api/client.js";
import { useHappenings } from "../../events/events.js";

/**
 * Calls `read` again and again while something grows: at once, on each event of the task, and every other second while the
 * page is seen. Never twice at once; `read` answers whether there is more already.
 *
 * No stream is held open for it: a browser has six connections to a server for all its tabs.
 */
export function useGrowth(taskID: string, isGrowing: boolean, read: (signal: AbortSignal) => Promise<boolean>): void {
  const wake = useRef<() => void>(() => undefined);
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    const end = new AbortController();
    let isAsked = false;
    let wakeUp: (() => void) | undefined;
    wake.current = () => {
      isAsked = true;
      wakeUp?.();
    };
    const rest = () =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 2_000);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        if (isAsked) wakeUp();
      });
    const run = async () => {
      while (!end.signal.aborted) {
        isAsked = false;
        let hasMore = false;
        let hasFailed = false;
        try {
          if (!document.hidden || isAsked) hasMore = await latest.current(end.signal);
        } catch (error) {
          if (isAbort(error)) return;
          // The host or the server is away: it is tried again.
          hasFailed = true;
        }
        if (hasMore) continue;
        if (!isGrowing && !hasFailed && !document.hidden) return;
        await rest();
      }
    };
    void run();
    return () => {
      end.abort();
      wakeUp?.();
    };
  }, [taskID, isGrowing]);
  useHappenings(["task.progress", "task.changed"], (happening) => {
    if (happening === "missed" || happening.subject === taskID) wake.current();
  });
}
