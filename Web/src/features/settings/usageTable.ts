import type { UsageEntry } from "../../api/types.js";

export type UsageGroup = "day" | "model" | "key" | "user";

/** What one day, model, key or user used. */
export interface UsageRow {
  readonly id: string;
  /** Empty for requests without a key. */
  readonly name: string;
  readonly requests: number;
  readonly failures: number;
  readonly estimated: number;
  readonly prompt: number;
  readonly completion: number;
}

function identity(entry: UsageEntry, group: UsageGroup): readonly [id: string, name: string] {
  switch (group) {
    case "day":
      return [entry.day, entry.day];
    case "model":
      return [entry.model, entry.model];
    case "key":
      return [entry.key_id ?? "", entry.key_id ? (entry.key_name ?? entry.key_id) : ""];
    case "user":
      return [entry.user_id, entry.username];
  }
}

/** Sums by a group: days from the newest on, the others from who used most on. */
export function usageRows(entries: readonly UsageEntry[], group: UsageGroup): UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const entry of entries) {
    const [id, name] = identity(entry, group);
    const before = rows.get(id);
    rows.set(id, {
      id,
      name,
      requests: (before?.requests ?? 0) + entry.requests,
      failures: (before?.failures ?? 0) + entry.failures,
      estimated: (before?.estimated ?? 0) + entry.estimated_requests,
      prompt: (before?.prompt ?? 0) + entry.prompt_tokens,
      completion: (before?.completion ?? 0) + entry.completion_tokens,
    });
  }
  const all = [...rows.values()];
  if (group === "day") return all.sort((a, b) => (a.id < b.id ? 1 : -1));
  return all.sort((a, b) => b.prompt + b.completion - (a.prompt + a.completion) || b.requests - a.requests);
}
