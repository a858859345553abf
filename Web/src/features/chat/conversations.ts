import { useState } from "react";
import { useResource } from "../../api/resource.js";
import type { Problem } from "../../api/problem.js";
import type { ConversationReply } from "../../api/types.js";
import { useConversationChanges } from "./changes.js";

export interface Conversations {
  /** What is shown: those in use, or those put away. Nothing until they are read. */
  readonly all: readonly ConversationReply[] | undefined;
  readonly isArchive: boolean;
  readonly problem: Problem | undefined;
  showArchive(isArchive: boolean): void;
  find(id: string | undefined): ConversationReply | undefined;
  reload(): void;
}

/** My conversations; the server tells of no change in them, so they are read when something was done here. */
export function useConversations(): Conversations {
  const [isArchive, showArchive] = useState(false);
  const active = useResource("GET /conversations", {});
  const archived = useResource("GET /conversations", { query: { archived: true } });
  const reload = () => {
    active.reload();
    archived.reload();
  };
  useConversationChanges(reload);
  const shown = isArchive ? archived : active;
  return {
    all: shown.data?.conversations,
    isArchive,
    problem: shown.data ? undefined : shown.problem,
    showArchive,
    find: (id) =>
      id === undefined
        ? undefined
        : [...(active.data?.conversations ?? []), ...(archived.data?.conversations ?? [])].find((each) => each.session_id === id),
    reload,
  };
}
