import { observable, useObservable } from "../api/observable.js";

export type Language = "en" | "zh";

const KEY = "luthier.language";

function first(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const language = observable<Language>(first());

export function chooseLanguage(choice: Language): void {
  localStorage.setItem(KEY, choice);
  document.documentElement.lang = choice === "zh" ? "zh-CN" : "en";
  language.set(choice);
}

export function useLanguage(): Language {
  return useObservable(language);
}
