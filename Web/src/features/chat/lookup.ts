// Which index answers are looked up in, by conversation and who is signed in: kept in this browser.
const KEY = "luthier.chat.indexes";
/** Conversations that are remembered. */
const MOST = 200;

type Chosen = Record<string, string>;

function read(): Chosen {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Chosen) : {};
  } catch {
    return {};
  }
}

export function lookupKey(user: string | undefined, conversation: string | undefined): string {
  return `${user ?? ""}/${conversation ?? "new"}`;
}

/** The name of the index, where one was chosen. */
export function lookupOf(key: string): string | undefined {
  const name = read()[key];
  return typeof name === "string" ? name : undefined;
}

export function keepLookup(key: string, name: string | undefined): void {
  const { [key]: _, ...rest } = read();
  const entries = Object.entries(rest).slice(1 - MOST);
  if (name !== undefined) entries.push([key, name]);
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries)));
  } catch {
    // The browser's room is used up: only the choice is lost with the tab.
  }
}
