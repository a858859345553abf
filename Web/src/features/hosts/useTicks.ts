import { useEffect, useRef } from "react";

/** Host events: of its connection and of what runs there. What it measures comes with no event. */
export const HOST_EVENTS = [
  "host.added",
  "host.changed",
  "host.removed",
  "host.connected",
  "host.unreachable",
  "task.changed",
  "service.changed",
];

/** Calls back every so many milliseconds while the page is seen. */
export function useTicks(milliseconds: number, tick: () => void): void {
  const latest = useRef(tick);
  latest.current = tick;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}
