// Runs before the first paint, as a script of its own: what is seen first has the right theme and language.

/** Where the choices are kept; absent means as the system or the browser has it. */
const THEME = "luthier.theme";
const LANGUAGE = "luthier.language";
/** Whose page this is (api/session.ts). */
const TOKEN = "luthier.token";

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

function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}

let isSignedIn = false;
try {
  isSignedIn = (sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN)) !== null;
} catch {
  // a browser that keeps nothing
}
/** What is painted until the page's script runs, and looks the same then (app/frames.tsx). */
function frame(): Node | undefined {
  // A registration's form is another, and who is signed in does not stay at the login.
  if (!isSignedIn && location.pathname === "/app/register") return undefined;
  const template = document.querySelector<HTMLTemplateElement>(`#frame-${isSignedIn ? "shell" : "login"}-${root.lang}`);
  const made = template?.content.cloneNode(true);
  if (!made || !(made instanceof DocumentFragment)) return undefined;
  const path = location.pathname.replace(/\/+$/, "") || "/app";
  for (const link of made.querySelectorAll(".nav-link[href]")) {
    const entry = link.getAttribute("href") ?? "";
    link.removeAttribute("aria-current");
    if (path === entry || (entry !== "/app" && path.startsWith(`${entry}/`))) link.setAttribute("aria-current", "page");
  }
  return made;
}

const first = frame();
new MutationObserver((_, observer) => {
  const place = document.getElementById("root");
  if (!place) return;
  observer.disconnect();
  if (first) place.append(first);
  // Asked for before the page's script knows that it wants them; behind the first sheet, which they may overrule.
  if (isSignedIn) document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: meta("more-styles") }));
}).observe(root, { childList: true, subtree: true });

export {};
