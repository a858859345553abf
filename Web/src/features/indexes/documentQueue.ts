import { address, asProblem } from "../../api/client.js";
import { observable } from "../../api/observable.js";
import type { Problem } from "../../api/problem.js";
import { session } from "../../api/session.js";
import type { AddedDocumentReply } from "../../api/types.js";
import { send } from "../../api/upload.js";
import type { Named } from "./droppedFiles.js";

export type Stage =
  | { readonly name: "waiting" }
  | { readonly name: "sending"; readonly share: number }
  | { readonly name: "done"; readonly passages: number; readonly isNew: boolean }
  | { readonly name: "failed"; readonly problem: Problem };

/** A document on its way into an index, or what became of it. */
export interface Adding {
  readonly id: number;
  readonly indexID: string;
  readonly item: Named;
  readonly stage: Stage;
}

/** Kept beside the pages: going to another page does not stop it. */
export const additions = observable<readonly Adding[]>([]);

/** Documents sent at once: the server cuts them one after the other. */
const AT_ONCE = 2;
/** Bytes of a document: text, and what is mostly pictures and fonts. */
const MOST_TEXT = 16 * 1024 * 1024;
const MOST_PAGES = 256 * 1024 * 1024;
const running = new Map<number, AbortController>();
let next = 0;

// A page that is closed now would have to be given the files again.
addEventListener("beforeunload", (event) => {
  if (additions.get().some(isOnItsWay)) event.preventDefault();
});
// Another may sign in: nothing of the one before stays.
session.subscribe(() => {
  for (const abort of running.values()) abort.abort();
  additions.set([]);
});

export function isOnItsWay({ stage }: Adding): boolean {
  return stage.name === "waiting" || stage.name === "sending";
}

/** Adds documents to an index, two at a time. */
export function addDocuments(indexID: string, items: readonly Named[]): void {
  additions.set([...additions.get(), ...items.map((item) => ({ id: next++, indexID, item, stage: { name: "waiting" } as const }))]);
  work();
}

/** Sends what failed again. */
export function addAgain(indexID: string): void {
  const isMeant = (each: Adding) => each.indexID === indexID && each.stage.name === "failed";
  additions.set(additions.get().map((each) => (isMeant(each) ? { ...each, stage: { name: "waiting" } } : each)));
  work();
}

/** Ends what is on its way to an index, and forgets the rest. */
export function stopAdding(indexID: string): void {
  for (const each of additions.get()) if (each.indexID === indexID) running.get(each.id)?.abort();
  additions.set(additions.get().filter((each) => each.indexID !== indexID));
}

function tell(id: number, stage: Stage): void {
  additions.set(additions.get().map((each) => (each.id === id ? { ...each, stage } : each)));
}

function work(): void {
  while (running.size < AT_ONCE) {
    const waiting = additions.get().find((each) => each.stage.name === "waiting");
    if (!waiting) return;
    const abort = new AbortController();
    running.set(waiting.id, abort);
    tell(waiting.id, { name: "sending", share: 0 });
    void add(waiting, abort.signal).finally(() => {
      running.delete(waiting.id);
      work();
    });
  }
}

async function add({ id, indexID, item }: Adding, signal: AbortSignal): Promise<void> {
  try {
    const body = new FormData();
    // What is too large is refused by its size, and listed among what failed, without being sent.
    const most = /\.(pdf|docx)$/i.test(item.name) ? MOST_PAGES : MOST_TEXT;
    if (item.file.size <= most) body.append("file", item.file, item.file.name);
    const reply = await send<AddedDocumentReply>({
      method: "POST",
      address: address("POST /api/indexes/{index_id}/documents", { index_id: indexID }, { name: item.name, size: item.file.size }),
      body,
      tell: (sent) => tell(id, { name: "sending", share: Math.min(1, sent / Math.max(1, item.file.size)) }),
      signal,
    });
    tell(id, { name: "done", passages: reply.document.passages, isNew: reply.is_new });
  } catch (error) {
    if (!signal.aborted) tell(id, { name: "failed", problem: asProblem(error) });
  }
}
