import { observable, useObservable } from "../api/observable.js";

export type Theme = "system" | "light" | "dark";

const KEY = "luthier.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function first(): Theme {
  const chosen = localStorage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

const theme = observable<Theme>(first());

function apply(): void {
  const choice = theme.get();
  document.documentElement.dataset["theme"] = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
}

dark.addEventListener("change", apply);

export function chooseTheme(choice: Theme): void {
  if (choice === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, choice);
  theme.set(choice);
  apply();
}

export function useTheme(): Theme {
  return useObservable(theme);
}
