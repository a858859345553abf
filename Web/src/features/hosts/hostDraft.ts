import type { ChangeHostRequest, HostReply, HostRequest } from "../../api/types.js";
import { CLUSTER_NAMES, clusterDraftOf, clusterSettingsOf, EMPTY_CLUSTER, isOtherCluster, SERVING_NAMES, type ClusterDraft } from "./clusterDraft.js";

/** How one logs in; `kept` leaves it as it is. */
export type LoginWay = "kept" | "system" | "file" | "key" | "password";

const TEXTS = {
  name: "name",
  address: "address",
  user: "user",
  jumpHost: "jump_host",
  workDir: "work_dir",
  dataDir: "user_data_dir",
  venv: "venv",
  conda: "conda_env",
  cli: "llamafactory_path",
} as const;

type TextName = keyof typeof TEXTS;

/** A host as it is typed: texts, until it is sent. */
export interface HostDraft extends Readonly<Record<TextName, string>> {
  readonly kind: "ssh" | "slurm";
  readonly port: string;
  readonly slots: string;
  readonly login: LoginWay;
  readonly keyPath: string;
  readonly privateKey: string;
  readonly passphrase: string;
  readonly password: string;
  /** What trainings ask a cluster for where they say nothing else. */
  readonly cluster: ClusterDraft;
}

/** What the server calls a field of a host's. */
export const FIELDS: Readonly<Record<HostText, string>> = {
  ...TEXTS,
  port: "port",
  slots: "slots",
  keyPath: "key_path",
  privateKey: "private_key",
  passphrase: "passphrase",
  password: "password",
};

/** Everything that a problem is said beside. */
export const PLACES: readonly string[] = [
  ...Object.values(FIELDS),
  ...CLUSTER_NAMES.map((name) => `slurm.${name}`),
  ...SERVING_NAMES.map((name) => `slurm.serving.${name}`),
];

/** The fields that are one text. */
export type HostText = Exclude<keyof HostDraft, "kind" | "login" | "cluster">;

export const emptyDraft: HostDraft = {
  kind: "ssh",
  name: "",
  address: "",
  port: "",
  user: "",
  login: "system",
  keyPath: "",
  privateKey: "",
  passphrase: "",
  password: "",
  jumpHost: "",
  workDir: "",
  dataDir: "",
  venv: "",
  conda: "",
  cli: "",
  slots: "",
  cluster: EMPTY_CLUSTER,
};

/** A cluster whose login node is the server's own machine: nothing is logged in to. */
export const isHere = (draft: HostDraft) => draft.kind === "slurm" && draft.address.trim() === "localhost";

/** What has a meaning for such a host alone; what was typed before it was one is not sent. */
function meant(draft: HostDraft): HostDraft {
  if (draft.kind !== "slurm") return draft;
  return { ...draft, slots: "", ...(isHere(draft) ? { port: "", user: "", jumpHost: "", login: "system" as const } : {}) };
}

/** A host as it stands; its secrets are not told, so they are kept. */
export function draftOf(host: HostReply): HostDraft {
  const { settings } = host;
  return {
    ...emptyDraft,
    kind: host.kind === "slurm" ? "slurm" : "ssh",
    cluster: clusterDraftOf(host.slurm),
    login: settings?.authentication === "lost" ? "password" : "kept",
    name: host.name,
    address: host.address ?? "",
    port: settings?.port ? String(settings.port) : "",
    user: settings?.user ?? "",
    jumpHost: settings?.jump_host ?? "",
    workDir: settings?.work_dir ?? "",
    dataDir: settings?.user_data_dir ?? "",
    venv: settings?.venv ?? "",
    conda: settings?.conda_env ?? "",
    cli: settings?.llamafactory_path ?? "",
    slots: String(host.slots),
  };
}

/** Fields that stop a draft from being sent, with the word that says why. */
export type DraftFaults = Partial<Record<keyof HostDraft, "missing" | "portWrong" | "slotsWrong">>;

export function faultsOf(typed: HostDraft): DraftFaults {
  const draft = meant(typed);
  const faults: DraftFaults = {};
  if (draft.address.trim() === "") faults.address = "missing";
  if (!isNumber(draft.port, 65_535)) faults.port = "portWrong";
  if (!isNumber(draft.slots, 64)) faults.slots = "slotsWrong";
  if (draft.login === "file" && draft.keyPath.trim() === "") faults.keyPath = "missing";
  if (draft.login === "key" && draft.privateKey.trim() === "") faults.privateKey = "missing";
  if (draft.login === "password" && draft.password === "") faults.password = "missing";
  return faults;
}

/** Nothing, or a whole number from 1 on. */
function isNumber(text: string, most: number): boolean {
  const value = text.trim();
  return value === "" || (/^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= most);
}

const numberOf = (text: string) => (text.trim() === "" ? undefined : Number(text));

/** The way to log in alone; other secrets that were typed are not sent. */
function loginOf(draft: HostDraft): Pick<HostRequest, "key_path" | "private_key" | "passphrase" | "password"> {
  const passphrase = draft.passphrase === "" ? {} : { passphrase: draft.passphrase };
  switch (draft.login) {
    case "file":
      return { key_path: draft.keyPath.trim(), ...passphrase };
    case "key":
      return { private_key: `${draft.privateKey.trim()}\n`, ...passphrase };
    case "password":
      return { password: draft.password };
    case "system":
    case "kept":
      return {};
  }
}

export function requestOf(typed: HostDraft): HostRequest {
  const draft = meant(typed);
  const texts = Object.entries(TEXTS).flatMap(([name, field]) => {
    const value = draft[name as TextName].trim();
    return value === "" ? [] : [[field, value]];
  });
  return {
    ...(Object.fromEntries(texts) as Partial<HostRequest>),
    port: numberOf(draft.port),
    slots: numberOf(draft.slots),
    ...loginOf(draft),
    ...(draft.kind === "slurm" ? { kind: draft.kind, slurm: clusterSettingsOf(draft.cluster) } : {}),
    address: draft.address.trim(),
  };
}

/** What differs; an emptied text takes its value back, and so does the port 0. */
export function changeOf(typed: HostDraft, before: HostDraft): ChangeHostRequest {
  const draft = meant(typed);
  const texts = Object.entries(TEXTS).flatMap(([name, field]) => {
    const value = draft[name as TextName].trim();
    return value === before[name as TextName] ? [] : [[field, value]];
  });
  return {
    ...(Object.fromEntries(texts) as ChangeHostRequest),
    ...(draft.port !== before.port ? { port: numberOf(draft.port) ?? 0 } : {}),
    ...(draft.slots !== before.slots && draft.kind !== "slurm" ? { slots: numberOf(draft.slots) } : {}),
    ...(draft.login === "system" ? { key_path: "" } : loginOf(draft)),
    // All of them stand for all that was set before.
    ...(isOtherCluster(draft.cluster, before.cluster) ? { slurm: clusterSettingsOf(draft.cluster) } : {}),
  };
}
