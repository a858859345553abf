/** What was begun to be written, by conversation, for the tab and who is signed in. */
export function draftKey(user: string | undefined, conversation: string | undefined): string {
  return `luthier.draft.${user ?? ""}.${conversation ?? "new"}`;
}

export function draft(key: string): string {
  return sessionStorage.getItem(key) ?? "";
}

export function keepDraft(key: string, text: string): void {
  try {
    if (text === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // The browser's room is used up: only the draft is lost.
  }
}
