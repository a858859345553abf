import { observable } from "./observable.js";

/** Whose page this is: the token of a login, kept for the tab, or for the browser where it was asked to be. */
export interface Session {
  readonly token: string;
}

const KEY = "luthier.token";

function stored(): Session | undefined {
  const token = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  return token ? { token } : undefined;
}

export const session = observable<Session | undefined>(stored());

export function signIn(token: string, isRemembered: boolean): void {
  forget();
  (isRemembered ? localStorage : sessionStorage).setItem(KEY, token);
  session.set({ token });
}

/** Whether the login was to be kept for the browser, not for the tab alone. */
export function isRemembered(): boolean {
  return localStorage.getItem(KEY) !== null;
}

/** Signs out this browser; the token itself ends at its time, or with "log out everywhere". */
export function signOut(): void {
  forget();
  session.set(undefined);
}

/** The server does not take the token any more. Another that came meanwhile stays. */
export function dropToken(token: string): void {
  if (session.get()?.token === token) signOut();
}

function forget(): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}

// Another tab signed in or out.
window.addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  const now = stored();
  if (now?.token !== session.get()?.token) session.set(now);
});
