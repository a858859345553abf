// Which index the next new conversation is looked up in, by who is signed in: kept in this browser. The server remembers
// the one of a conversation.
const KEY = "luthier.chat.index";

/** The name of the index, where one was chosen. */
export function lookupOf(user: string | undefined): string | undefined {
  return localStorage.getItem(`${KEY}/${user ?? ""}`) ?? undefined;
}

export function keepLookup(user: string | undefined, name: string | undefined): void {
  const key = `${KEY}/${user ?? ""}`;
  if (name === undefined) localStorage.removeItem(key);
  else localStorage.setItem(key, name);
}
