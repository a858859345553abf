import { useCallback, useEffect, useRef, useState } from "react";
import { useHappenings } from "../events/events.js";
import { ask, asProblem, isAbort, type Reply, type Request, type Route } from "./client.js";
import type { Problem } from "./problem.js";

/** Something of the server's that a component shows. */
export interface Resource<T> {
  /** The last that was read, also while it is read again. */
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  /** Reads it again. */
  reload(): void;
  /** Shows something else until it is read again: what an action has just answered. */
  show(data: T): void;
}

/** Answers that were read a moment ago: a page that is gone back to shows them while it reads. */
const remembered = new Map<string, unknown>();
const REMEMBERED = 50;

/** Forgets what was read for whoever was signed in. */
export function forgetAnswers(): void {
  remembered.clear();
}

/**
 * Reads a route, and again whenever an event of one of these kinds comes; no more than once in `pause` milliseconds.
 *
 * `request` nothing reads nothing.
 */
export function useResource<R extends Route>(
  route: R,
  request: Request<R> | undefined,
  kinds: readonly string[] = [],
  pause = 500,
): Resource<Reply<R>> {
  const key = request === undefined ? "" : `${route} ${JSON.stringify([request.path, request.query])}`;
  const [state, setState] = useState<{ key: string; data?: Reply<R>; problem?: Problem }>({ key: "" });
  const latest = useRef(request);
  latest.current = request;
  const running = useRef<AbortController>();
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const readAt = useRef(0);

  const reload = useCallback(() => {
    if (key === "") return;
    running.current?.abort();
    const abort = (running.current = new AbortController());
    readAt.current = Date.now();
    const asked = { ...(latest.current as Request<R>), signal: abort.signal };
    (ask as (route: R, request: Request<R>) => Promise<Reply<R>>)(route, asked).then(
      (data) => {
        remembered.delete(key);
        remembered.set(key, data);
        if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value as string);
        if (!abort.signal.aborted) setState({ key, data });
      },
      (error: unknown) => {
        if (!isAbort(error) && !abort.signal.aborted) setState((old) => ({ ...old, key, problem: asProblem(error) }));
      },
    );
  }, [route, key]);

  useEffect(() => {
    reload();
    return () => {
      running.current?.abort();
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [reload]);

  useHappenings(kinds, () => {
    if (timer.current !== undefined) return;
    timer.current = setTimeout(
      () => {
        timer.current = undefined;
        reload();
      },
      Math.max(0, readAt.current + pause - Date.now()),
    );
  });

  const show = useCallback(
    (data: Reply<R>) => {
      remembered.set(key, data);
      setState({ key, data });
    },
    [key],
  );
  const isOurs = state.key === key;
  const data = isOurs ? state.data : undefined;
  return {
    data: data ?? (remembered.get(key) as Reply<R> | undefined),
    problem: isOurs ? state.problem : undefined,
    reload,
    show,
  };
}
