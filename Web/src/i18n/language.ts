import { observable, useObservable } from "../api/observable.js";

export type Language = "en" | "zh";

const KEY = "luthier.language";

/** `boot.ts` has chosen it, before the first paint. */
export const language = observable<Language>(document.documentElement.lang.startsWith("zh") ? "zh" : "en");

export function chooseLanguage(choice: Language): void {
  localStorage.setItem(KEY, choice);
  document.documentElement.lang = choice === "zh" ? "zh-CN" : "en";
  language.set(choice);
}

export function useLanguage(): Language {
  return useObservable(language);
}
