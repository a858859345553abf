import type { SlurmSettings } from "../../api/types.js";

/** What is asked of a cluster, in the order of its fields. */
export const CLUSTER_NAMES = ["partition", "account", "qos", "gres", "constraint", "minutes", "nodes", "cpus", "memory_mib"] as const;
export type ClusterName = (typeof CLUSTER_NAMES)[number];

const NUMBERS: ReadonlySet<ClusterName> = new Set(["minutes", "nodes", "cpus", "memory_mib"]);

export const isClusterNumber = (name: ClusterName) => NUMBERS.has(name);

/** It as it is typed: texts, until it is sent. */
export type ClusterDraft = Readonly<Record<ClusterName, string>>;

export const EMPTY_CLUSTER = Object.fromEntries(CLUSTER_NAMES.map((name) => [name, ""])) as ClusterDraft;

export function clusterDraftOf(settings: SlurmSettings | null | undefined): ClusterDraft {
  return Object.fromEntries(CLUSTER_NAMES.map((name) => [name, String(settings?.[name] ?? "")])) as ClusterDraft;
}

/** What was typed alone; a number that is none goes as it is, for the server to refuse beside its field. */
export function clusterSettingsOf(draft: ClusterDraft): SlurmSettings {
  return Object.fromEntries(
    CLUSTER_NAMES.flatMap((name) => {
      const word = draft[name].trim();
      if (word === "") return [];
      return [[name, isClusterNumber(name) && Number.isFinite(Number(word)) ? Number(word) : word]];
    }),
  );
}

