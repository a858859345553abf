import { Problem } from "../../api/problem.js";
import type { DatasetUploadReply, UploadReply } from "../../api/types.js";

/** Bytes sent at once: small enough that a pause loses little. */
const PART = 4 << 20;

/** How an upload stands. */
export type Stage =
  /** It is looked whether a file is the one that was begun. */
  | { readonly name: "comparing" }
  | { readonly name: "sending"; readonly sent: number }
  | { readonly name: "paused"; readonly sent: number }
  /** The server cannot be reached; it is tried again. */
  | { readonly name: "waiting"; readonly sent: number }
  | { readonly name: "checking" }
  | { readonly name: "done"; readonly reply: DatasetUploadReply }
  | { readonly name: "failed"; readonly problem: Problem }
  | { readonly name: "stopped" };

/** What sends a file; replaced in tests. */
export interface Wire {
  begin(file: File): Promise<UploadReply>;
  standing(id: string, withHash: boolean): Promise<UploadReply>;
  /** Sends bytes of the file from `offset` on; `tell` hears how many have left. */
  send(id: string, offset: number, bytes: Blob, tell: (sent: number) => void, signal: AbortSignal): Promise<UploadReply>;
  complete(id: string): Promise<DatasetUploadReply>;
  discard(id: string): Promise<void>;
  hash(file: File, length: number, signal: AbortSignal): Promise<string>;
  /** Waits; `attempt` counts from 0. */
  rest(attempt: number, signal: AbortSignal): Promise<void>;
}

/** The file is another than the one that was begun. */
export class AnotherFile extends Error {}

/** One file on its way in parts: it may be paused, and goes on by itself when the server is back. */
export class PartUpload {
  private abort = new AbortController();
  private id: string | undefined;
  private sent = 0;

  constructor(
    readonly file: File,
    private readonly tell: (stage: Stage) => void,
    private readonly wire: Wire,
    /** One that was begun before, perhaps by a page that is gone. */
    begun?: UploadReply,
  ) {
    this.id = begun?.upload_id;
  }

  /** The upload's name at the server, once it has one. */
  get uploadID(): string | undefined {
    return this.id;
  }

  /** Sends until it is whole, paused, stopped or refused. Throws `AnotherFile` where `mustMatch` and it does not. */
  async run(mustMatch = false): Promise<void> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      if (mustMatch) await this.compare(signal);
      const reply = await this.persist(signal);
      this.tell({ name: "done", reply });
    } catch (error) {
      if (error instanceof AnotherFile) throw error;
      // A pause or a stop has told already.
      if (!signal.aborted) this.tell({ name: "failed", problem: error instanceof Problem ? error : new Problem("no_answer", String(error), 0) });
    }
  }

  pause(): void {
    this.abort.abort();
    this.tell({ name: "paused", sent: this.sent });
  }

  /** Ends it, and lets the server forget what is there. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.tell({ name: "stopped" });
    if (this.id) await this.wire.discard(this.id).catch(() => undefined);
  }

  private async compare(signal: AbortSignal): Promise<void> {
    this.tell({ name: "comparing" });
    const there = await this.wire.standing(this.id as string, true);
    if (there.size !== this.file.size) throw new AnotherFile();
    if (there.offset > 0 && (await this.wire.hash(this.file, there.offset, signal)) !== there.content_hash) throw new AnotherFile();
  }

  /** Goes on after every break of the line, however long it lasts. */
  private async persist(signal: AbortSignal): Promise<DatasetUploadReply> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(signal, () => (attempt = 0));
      } catch (error) {
        if (signal.aborted || !isBreak(error, this.id !== undefined)) throw error;
        this.tell({ name: "waiting", sent: this.sent });
        await this.wire.rest(attempt, signal);
      }
    }
  }

  private async attempt(signal: AbortSignal, progress: () => void): Promise<DatasetUploadReply> {
    const begun = this.id ? await this.wire.standing(this.id, false) : await this.wire.begin(this.file);
    this.id = begun.upload_id;
    signal.throwIfAborted();
    let offset = begun.offset;
    this.show(offset);
    while (offset < this.file.size) {
      const bytes = this.file.slice(offset, offset + PART);
      const start = offset;
      const reply = await this.wire.send(begun.upload_id, start, bytes, (sent) => this.show(start + sent), signal);
      signal.throwIfAborted();
      offset = reply.offset;
      progress();
      this.show(offset);
    }
    this.tell({ name: "checking" });
    const made = await this.wire.complete(begun.upload_id);
    signal.throwIfAborted();
    return made;
  }

  private show(sent: number): void {
    if (this.abort.signal.aborted) return;
    this.sent = Math.min(sent, this.file.size);
    this.tell({ name: "sending", sent: this.sent });
  }
}

/** The line broke, the server went, or another connection still held the file: what is there may be gone on with. */
function isBreak(error: unknown, isBegun: boolean): boolean {
  if (!(error instanceof Problem)) return false;
  return error.status === 0 || (isBegun && error.status === 409) || error.status === 502 || error.status === 503 || error.status === 504;
}

/** Seconds before the next try. */
export const pauseBefore = (attempt: number): number => Math.min(2 ** attempt, 15);
