import { observable } from "../../api/observable.js";
import { session } from "../../api/session.js";
import type { ChatSettingsBody } from "../../api/types.js";

/** How replies are asked for; what is left out is the configuration's and the model's own. */
export type Settings = ChatSettingsBody;

/** The settings as they are typed. */
export interface TypedSettings {
  readonly prompt: string;
  readonly temperature: string;
  readonly topP: string;
  readonly topK: string;
  readonly length: string;
  readonly seed: string;
}

type NumberField = Exclude<keyof TypedSettings, "prompt">;

/** Characters of a system prompt. */
export const LONGEST_PROMPT = 32_768;

const READERS: Record<NumberField, (text: string) => number | undefined> = {
  temperature: (text) => within(text, 0, 2),
  topP: (text) => (within(text, 0, 1) === 0 ? undefined : within(text, 0, 1)),
  topK: (text) => whole(text, 1, 1_000),
  length: (text) => whole(text, 1, 32_768),
  seed: (text) => whole(text, 0, 4_294_967_295),
};

function within(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && value >= least && value <= most ? value : undefined;
}

function whole(text: string, least: number, most: number): number | undefined {
  const value = within(text, least, most);
  return value !== undefined && Number.isInteger(value) ? value : undefined;
}

/** The fields that hold what they must not: an empty one leaves its part to the model. */
export function wrongOf(typed: TypedSettings): readonly (keyof TypedSettings)[] {
  const wrong: (keyof TypedSettings)[] = (Object.keys(READERS) as NumberField[]).filter(
    (field) => typed[field].trim() !== "" && READERS[field](typed[field]) === undefined,
  );
  return [...typed.prompt].length > LONGEST_PROMPT ? ["prompt", ...wrong] : wrong;
}

export function settingsOf(typed: TypedSettings): Settings {
  const all = {
    system_prompt: typed.prompt.trim() === "" ? undefined : typed.prompt,
    temperature: READERS.temperature(typed.temperature),
    top_p: READERS.topP(typed.topP),
    top_k: READERS.topK(typed.topK),
    max_tokens: READERS.length(typed.length),
    seed: READERS.seed(typed.seed),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function typedOf(settings: Settings): TypedSettings {
  const text = (value: number | null | undefined) => (value === null || value === undefined ? "" : String(value));
  return {
    prompt: settings.system_prompt ?? "",
    temperature: text(settings.temperature),
    topP: text(settings.top_p),
    topK: text(settings.top_k),
    length: text(settings.max_tokens),
    seed: text(settings.seed),
  };
}

const NAMES = ["system_prompt", "temperature", "top_p", "top_k", "max_tokens", "seed"] as const;

export function areSame(one: Settings, other: Settings): boolean {
  return NAMES.every((name) => (one[name] ?? undefined) === (other[name] ?? undefined));
}

export function areNone(settings: Settings): boolean {
  return areSame(settings, {});
}

/** What a new conversation will be asked with, until its first message. */
export const newSettings = observable<Settings>({});

// Another may sign in: nothing of the one before stays.
session.subscribe(() => newSettings.set({}));
