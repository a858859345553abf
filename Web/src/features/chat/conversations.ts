import { useEffect, useRef, useState } from "react";
import { ask, asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ConversationReply } from "../../api/types.js";
import { useConversationChanges } from "./changes.js";

export interface Conversations {
  /** What is shown: those in use, or those put away. Nothing until they are read. */
  readonly all: readonly ConversationReply[] | undefined;
  readonly isArchive: boolean;
  readonly problem: Problem | undefined;
  /** There are more than are shown. */
  readonly hasMore: boolean;
  showArchive(isArchive: boolean): void;
  find(id: string | undefined): ConversationReply | undefined;
  reload(): void;
  more(): void;
}

const PAGE = 100;

/** My conversations; the server tells of no change in them, so they are read when something was done here. */
export function useConversations(): Conversations {
  const [isArchive, showArchive] = useState(false);
  const active = useResource("GET /conversations", { query: { limit: PAGE } });
  const archived = useResource("GET /conversations", { query: { archived: true, limit: PAGE } });
  const shown = isArchive ? archived : active;
  const [later, setLater] = useState<{ all: readonly ConversationReply[]; next: string | undefined }>();
  const [problem, setProblem] = useState<Problem>();
  const abort = useRef<AbortController>();
  // What came after the first page is read anew with it: it may have moved.
  useEffect(() => {
    abort.current?.abort();
    setLater(undefined);
    setProblem(undefined);
  }, [shown.data]);
  const reload = () => {
    active.reload();
    archived.reload();
  };
  useConversationChanges(reload);
  const next = later ? later.next : (shown.data?.next ?? undefined);
  const more = () => {
    if (next === undefined) return;
    abort.current?.abort();
    const { signal } = (abort.current = new AbortController());
    ask("GET /conversations", { query: { limit: PAGE, after: next, ...(isArchive ? { archived: true } : {}) }, signal }).then(
      (page) => setLater((old) => ({ all: [...(old?.all ?? []), ...page.conversations], next: page.next ?? undefined })),
      (error: unknown) => !isAbort(error) && setProblem(asProblem(error)),
    );
  };
  const all = shown.data && [...shown.data.conversations, ...(later?.all ?? [])];
  return {
    all,
    isArchive,
    problem: problem ?? (shown.data ? undefined : shown.problem),
    hasMore: next !== undefined,
    showArchive,
    find: (id) =>
      id === undefined
        ? undefined
        : [...(all ?? []), ...(active.data?.conversations ?? []), ...(archived.data?.conversations ?? [])].find(
            (each) => each.session_id === id,
          ),
    reload,
    more,
  };
}
