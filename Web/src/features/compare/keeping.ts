import { Problem } from "../../api/problem.js";
import { session } from "../../api/session.js";
import type { Compared } from "./comparison.js";

// For this tab alone, and as long as it is open: a reload shows the comparison that was there.

const KEY = "luthier.comparison";

// A page that is left has its lines cut: that is no answer's end.
let isLeaving = false;
addEventListener("beforeunload", () => {
  isLeaving = true;
  // It may be stayed on after all.
  setTimeout(() => (isLeaving = false), 5_000);
});

/** Tells one login from another without being one: the comparison of who was here before is nobody's. */
function login(): string {
  return session.get()?.token.slice(-12) ?? "";
}

/** Keeps a comparison over a reload; one that is too large for the browser is not kept. */
export function keep(compared: Compared): void {
  if (isLeaving) return;
  try {
    if (compared.turns.length === 0) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify({ login: login(), compared }, asPlain));
  } catch {
    forget();
  }
}

export function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // a browser that keeps nothing
  }
}

/** The comparison of before the reload. */
export function kept(): Compared | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    if (text === null) return undefined;
    const found = JSON.parse(text, asProblem) as { login: string; compared: Compared };
    return found.login === login() ? found.compared : undefined;
  } catch {
    return undefined;
  }
}

/** The message of an error is none of its own properties that JSON takes. */
function asPlain(_: string, value: unknown): unknown {
  if (!(value instanceof Problem)) return value;
  const { code, message, status, hint } = value;
  return { isProblem: true, code, message, status, hint };
}

function asProblem(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("isProblem" in value)) return value;
  const { code, message, status, hint } = value as unknown as Problem;
  return new Problem(code, message, status, hint);
}
