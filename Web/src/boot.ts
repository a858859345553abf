// Runs before the first paint, as a script of its own: what is seen first has the right theme and language.

/** Where the choices are kept; absent means as the system or the browser has it. */
const THEME = "luthier.theme";
const LANGUAGE = "luthier.language";

function kept(key: string, words: readonly string[]): string | undefined {
  try {
    const word = localStorage.getItem(key);
    return word !== null && words.includes(word) ? word : undefined;
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

const root = document.documentElement;
root.dataset["theme"] =
  kept(THEME, ["light", "dark"]) ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
root.lang =
  kept(LANGUAGE, ["en", "zh"]) ??
  (navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "zh" || tag === "en") ?? "en");

// The one script address the page makes itself is that of its worker; every other is refused (docs/page.md).
const worker = document.querySelector<HTMLMetaElement>('meta[name="events-worker"]')?.content;
const policies = (window as { readonly trustedTypes?: { createPolicy(name: string, rules: object): unknown } }).trustedTypes;
policies?.createPolicy("default", { createScriptURL: (address: string) => (address === worker ? address : null) });

export {};
