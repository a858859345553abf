import type { SlurmServing, SlurmSettings } from "../../api/types.js";

/** What is asked of a cluster, in the order of its fields. */
export const CLUSTER_NAMES = ["partition", "account", "qos", "gres", "constraint", "minutes", "nodes", "cpus", "memory_mib"] as const;
export type ClusterName = (typeof CLUSTER_NAMES)[number];

const NUMBERS: ReadonlySet<ClusterName> = new Set(["minutes", "nodes", "cpus", "memory_mib"]);

export const isClusterNumber = (name: ClusterName) => NUMBERS.has(name);

/** It as it is typed: texts, until it is sent. */
export type ClusterDraft = Readonly<Record<ClusterName, string>> & {
  /** Of a host alone: models are served on the login node itself, not each in a job. */
  readonly isServedOnLogin: boolean;
  /** Of a host alone: what the job of a model asks for in place of that. */
  readonly serving: ServingDraft;
};

/** What a model's job may ask for of its own: it is always on one node. */
export const SERVING_NAMES = CLUSTER_NAMES.filter((name): name is ServingName => name !== "nodes");
export type ServingName = Exclude<ClusterName, "nodes">;
export type ServingDraft = Readonly<Record<ServingName, string>>;

export const EMPTY_CLUSTER = { ...Object.fromEntries(CLUSTER_NAMES.map((name) => [name, ""])), isServedOnLogin: false, serving: servingDraftOf(null) } as ClusterDraft;

function servingDraftOf(serving: SlurmServing | null | undefined): ServingDraft {
  return Object.fromEntries(SERVING_NAMES.map((name) => [name, String(serving?.[name] ?? "")])) as ServingDraft;
}

export function clusterDraftOf(settings: SlurmSettings | null | undefined): ClusterDraft {
  const texts = Object.fromEntries(CLUSTER_NAMES.map((name) => [name, String(settings?.[name] ?? "")]));
  return { ...texts, isServedOnLogin: settings?.services === "login_node", serving: servingDraftOf(settings?.serving) } as ClusterDraft;
}

/** What was typed alone; a number that is none goes as it is, for the server to refuse beside its field. */
export function clusterSettingsOf(draft: ClusterDraft): SlurmSettings {
  const typed = typedOf(CLUSTER_NAMES, draft) as SlurmSettings;
  const serving = typedOf(SERVING_NAMES, draft.serving) as SlurmServing;
  return {
    ...typed,
    ...(draft.isServedOnLogin && { services: "login_node" as const }),
    ...(Object.keys(serving).length > 0 && { serving }),
  };
}

function typedOf<N extends ClusterName>(names: readonly N[], draft: Readonly<Record<N, string>>): object {
  return Object.fromEntries(
    names.flatMap((name) => {
      const word = draft[name].trim();
      if (word === "") return [];
      return [[name, isClusterNumber(name) && Number.isFinite(Number(word)) ? Number(word) : word]];
    }),
  );
}

/** Whether two drafts ask for different things. */
export const isOtherCluster = (draft: ClusterDraft, before: ClusterDraft) =>
  draft.isServedOnLogin !== before.isServedOnLogin ||
  SERVING_NAMES.some((name) => draft.serving[name].trim() !== before.serving[name]) ||
  CLUSTER_NAMES.some((name) => draft[name].trim() !== before[name]);

