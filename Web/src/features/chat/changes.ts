import { useEffect, useRef } from "react";

const listeners = new Set<() => void>();

/** Tells that conversations have changed; `isTitled`: a model may give a better title in a moment. */
export function changedConversations(isTitled = false): void {
  for (const listener of [...listeners]) listener();
  if (!isTitled) return;
  for (const seconds of [3, 10, 30]) {
    setTimeout(() => {
      for (const listener of [...listeners]) listener();
    }, seconds * 1000);
  }
}

/** Calls back when conversations have changed here, and when one comes back to the page. */
export function useConversationChanges(listener: () => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const tell = () => latest.current();
    const seen = () => document.visibilityState === "visible" && tell();
    listeners.add(tell);
    document.addEventListener("visibilitychange", seen);
    return () => {
      listeners.delete(tell);
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);
}
