/** Where what was begun to be written is kept, by conversation, for the tab and who is signed in; nowhere before that is known. */
export function draftKey(user: string | undefined, conversation: string | undefined): string | undefined {
  return user === undefined ? undefined : `luthier.draft.${user}.${conversation ?? "new"}`;
}

export function draft(key: string | undefined): string {
  return key === undefined ? "" : (sessionStorage.getItem(key) ?? "");
}

export function keepDraft(key: string | undefined, text: string): void {
  if (key === undefined) return;
  try {
    if (text === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // The browser's room is used up: only the draft is lost.
  }
}
