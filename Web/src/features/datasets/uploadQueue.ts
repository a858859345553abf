import { observable } from "../../api/observable.js";
import type { UploadReply } from "../../api/types.js";
import { AnotherFile, PartUpload, type Stage } from "./partUpload.js";
import { overHTTP } from "./partWire.js";

/** A file on its way, or what became of it. */
export interface Upload {
  readonly id: number;
  readonly file: File;
  readonly stage: Stage;
}

/** Kept beside the pages: going to another page does not stop an upload. */
export const uploads = observable<readonly Upload[]>([]);

const senders = new Map<number, PartUpload>();
let next = 0;

// A page that is closed now would have to be given the file again.
addEventListener("beforeunload", (event) => {
  if (uploads.get().some((each) => each.stage.name === "sending")) event.preventDefault();
});

function start(file: File, begun?: UploadReply): number {
  const id = next++;
  uploads.set([...uploads.get(), { id, file, stage: { name: "sending", sent: begun?.offset ?? 0 } }]);
  const tell = (stage: Stage) => {
    // Telling of one that was taken off the list puts it nowhere.
    uploads.set(uploads.get().map((each) => (each.id === id ? { ...each, stage } : each)));
  };
  senders.set(id, new PartUpload(file, tell, overHTTP, begun));
  return id;
}

/** Sends a file; one that was begun before, of this name and size, is gone on with where its bytes are the same. */
export function upload(file: File, unfinished: readonly UploadReply[] = []): void {
  const begun = unfinished.find((each) => each.filename === file.name && each.size === file.size && !isOurs(each));
  const id = start(file, begun);
  const sender = senders.get(id) as PartUpload;
  sender.run(begun !== undefined).catch((error: unknown) => {
    if (!(error instanceof AnotherFile)) throw error;
    // Another file of the same name and size: from its beginning.
    forgetUpload(id);
    upload(file);
  });
}

export function pauseUpload(id: number): void {
  senders.get(id)?.pause();
}

export function resumeUpload(id: number): void {
  void senders.get(id)?.run();
}

/** Ends it; the server forgets what is there. */
export function stopUpload(id: number): void {
  void senders.get(id)?.stop();
}

/** Takes one that has ended off the list. */
export function forgetUpload(id: number): void {
  senders.delete(id);
  uploads.set(uploads.get().filter((each) => each.id !== id));
}

/** Whether this page sends it. */
export function isOurs(upload: UploadReply): boolean {
  return [...senders.values()].some((sender) => sender.uploadID === upload.upload_id);
}
