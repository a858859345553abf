import type { SlurmSettings } from "../../api/types.js";

/** What is asked of a cluster, in the order of its fields. */
export const CLUSTER_NAMES = ["partition", "account", "qos", "gres", "constraint", "minutes", "nodes", "cpus", "memory_mib"] as const;
export type ClusterName = (typeof CLUSTER_NAMES)[number];

const NUMBERS: ReadonlySet<ClusterName> = new Set(["minutes", "nodes", "cpus", "memory_mib"]);

export const isClusterNumber = (name: ClusterName) => NUMBERS.has(name);

/** It as it is typed: texts, until it is sent. */
export type ClusterDraft = Readonly<Record<ClusterName, string>> & {
  /** Of a host alone: models are served on the login node itself, not each in a job. */
  readonly isServedOnLogin: boolean;
};

export const EMPTY_CLUSTER = { ...Object.fromEntries(CLUSTER_NAMES.map((name) => [name, ""])), isServedOnLogin: false } as ClusterDraft;

export function clusterDraftOf(settings: SlurmSettings | null | undefined): ClusterDraft {
  const texts = Object.fromEntries(CLUSTER_NAMES.map((name) => [name, String(settings?.[name] ?? "")]));
  return { ...texts, isServedOnLogin: settings?.services === "login_node" } as ClusterDraft;
}

/** What was typed alone; a number that is none goes as it is, for the server to refuse beside its field. */
export function clusterSettingsOf(draft: ClusterDraft): SlurmSettings {
  const typed: SlurmSettings = Object.fromEntries(
    CLUSTER_NAMES.flatMap((name) => {
      const word = draft[name].trim();
      if (word === "") return [];
      return [[name, isClusterNumber(name) && Number.isFinite(Number(word)) ? Number(word) : word]];
    }),
  );
  return draft.isServedOnLogin ? { ...typed, services: "login_node" } : typed;
}

/** Whether two drafts ask for different things. */
export const isOtherCluster = (draft: ClusterDraft, before: ClusterDraft) =>
  draft.isServedOnLogin !== before.isServedOnLogin || CLUSTER_NAMES.some((name) => draft[name].trim() !== before[name]);

