import { ask, asProblem, open } from "../../api/client.js";
import { observable } from "../../api/observable.js";
import { Problem } from "../../api/problem.js";
import { session } from "../../api/session.js";
import { readEvents } from "../../api/sse.js";
import type { ChatStreamEvent, MessageReplyEntry, SourceReply } from "../../api/types.js";
import { changedConversations } from "./changes.js";
import { figures, type Figures } from "./text.js";

/** How to ask. */
export interface Options {
  readonly model?: string | undefined;
  /** The index whose passages go along. */
  readonly index?: string | undefined;
}

/** A reply that is being asked for, or written. */
export interface Live {
  /** What was asked, while the server's list does not have it yet. */
  readonly question?: string | undefined;
  readonly model?: string | undefined;
  /** What the reply was given to read. */
  readonly sources?: readonly SourceReply[] | undefined;
  readonly isWriting: boolean;
  /** The line to the server is cut; it is tried again. */
  readonly isCut: boolean;
}

export interface Talk {
  /** The chosen branch; nothing until it is read. */
  readonly messages?: readonly MessageReplyEntry[] | undefined;
  /** Why it could not be read. */
  readonly problem?: Problem | undefined;
  readonly live?: Live | undefined;
  /** Why the last reply did not come. */
  readonly fault?: Problem | undefined;
  /** A message that was not taken: it goes back to where it was written. */
  readonly unsent?: string | undefined;
}

/** No more often than 30 times a second does the page hear of a growing reply. */
const FLUSH = 33;

interface Run {
  readonly abort: AbortController;
  readonly known: ReadonlySet<string>;
  readonly question: string | undefined;
  readonly startedAt: number;
  text: string;
  /** What the server had before this page listened: shown until as much has come again. */
  earlier: string;
  pieces: number;
  firstAt: number;
  lastAt: number;
  /** Whether it was heard from its beginning, so that its figures are true. */
  isWhole: boolean;
}

/** One conversation as the page holds it. A reply goes on while other pages are looked at. */
export class Conversation {
  readonly state = observable<Talk>({});
  /** The reply that is being written. */
  readonly text = observable("");
  readonly figures = new Map<string, Figures>();
  private run: Run | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly id: string) {}

  get isLive(): boolean {
    return this.run !== undefined;
  }

  /** Reads it, and follows the reply that is being written in it. */
  async load(): Promise<void> {
    if (this.run) return;
    try {
      const messages = await this.read();
      if (!this.run) this.adopt(messages);
    } catch (error) {
      if (!this.run) this.state.set({ ...this.state.get(), problem: asProblem(error) });
    }
  }

  /** Says something; `edits` is a message of mine that this one stands in place of. */
  send(text: string, options: Options, edits?: string): void {
    if (this.run) return;
    const messages = this.state.get().messages ?? [];
    const at = edits === undefined ? messages.length : messages.findIndex((each) => each.message_id === edits);
    const body = { session_id: this.id, message: text, stream: true, edits, ...options };
    void this.drive(this.begin(messages.slice(0, at), text, options), (signal) => open("POST /chat", { body, signal }));
  }

  /** Asks for another reply in place of one, or for one to a question that has none. */
  regenerate(messageID: string, options: Options): void {
    if (this.run) return;
    const messages = this.state.get().messages ?? [];
    const at = messages.findIndex((each) => each.message_id === messageID);
    const before = messages.slice(0, messages[at]?.role === "user" ? at + 1 : at);
    const body = { message_id: messageID, stream: true, ...options };
    void this.drive(this.begin(before, undefined, options), (signal) =>
      open("POST /conversations/{session_id}/regenerate", { path: { session_id: this.id }, body, signal }),
    );
  }

  /** Asks again for what did not come. */
  retry(options: Options): void {
    const last = lastOf(this.state.get().messages);
    if (last) this.regenerate(last.message_id, options);
  }

  /** Ends the reply; what came is kept. */
  async stop(): Promise<void> {
    try {
      await ask("DELETE /conversations/{session_id}/reply", { path: { session_id: this.id } });
    } catch (error) {
      // Its end was faster.
      if (asProblem(error).status !== 409) throw error;
    }
  }

  /** Goes over to the branch a message is on. */
  async choose(messageID: string): Promise<void> {
    const { messages } = await ask("POST /conversations/{session_id}/branch", {
      path: { session_id: this.id },
      body: { message_id: messageID },
    });
    if (!this.run) this.adopt(messages);
  }

  /** The message that was not taken, once. */
  takeUnsent(): string | undefined {
    const { unsent, ...rest } = this.state.get();
    if (unsent !== undefined) this.state.set(rest);
    return unsent;
  }

  /** Stops listening; the server writes on. */
  leave(): void {
    this.run?.abort.abort();
    this.run = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async read(): Promise<readonly MessageReplyEntry[]> {
    return (await ask("GET /conversations/{session_id}/history", { path: { session_id: this.id } })).messages;
  }

  private adopt(messages: readonly MessageReplyEntry[]): void {
    const last = lastOf(messages);
    if (last?.status !== "streaming") {
      this.state.set({ messages });
      return;
    }
    const run = this.begin(messages.slice(0, -1), undefined, { model: last.model ?? undefined });
    run.isWhole = false;
    run.earlier = last.content;
    this.text.set(last.content);
    this.show({ isWriting: last.content !== "" });
    void this.drive(run, (signal) => this.rejoin(run, signal));
  }

  private begin(messages: readonly MessageReplyEntry[], question: string | undefined, options: Options): Run {
    const known = new Set((this.state.get().messages ?? messages).map((each) => each.message_id));
    const run: Run = {
      abort: new AbortController(),
      known,
      question,
      startedAt: performance.now(),
      text: "",
      earlier: "",
      pieces: 0,
      firstAt: 0,
      lastAt: 0,
      isWhole: true,
    };
    this.run = run;
    this.text.set("");
    this.state.set({ messages, live: { question, model: options.model, isWriting: false, isCut: false } });
    return run;
  }

  private rejoin(run: Run, signal: AbortSignal): Promise<Response> {
    return open("GET /conversations/{session_id}/reply", {
      path: { session_id: this.id },
      query: { from: run.pieces },
      signal,
    });
  }

  /** Hears a reply to its end, over cut lines and restarts of the server, and reads what came of it. */
  private async drive(run: Run, start: (signal: AbortSignal) => Promise<Response>): Promise<void> {
    let next = start;
    for (;;) {
      let problem: Problem | undefined;
      try {
        await this.take(run, await next(run.abort.signal));
      } catch (error) {
        if (this.run !== run) return;
        problem = asProblem(error);
        // Its end was faster than we came back.
        if (next !== start && problem.status === 409) problem = undefined;
      }
      const messages = await this.readPatiently(run);
      if (this.run !== run) return;
      if (messages instanceof Problem) {
        this.finish(run, this.state.get().messages ?? [], problem ?? messages);
        return;
      }
      if (lastOf(messages)?.status !== "streaming") {
        this.finish(run, messages, problem);
        return;
      }
      // It goes on without us: a line that was cut, or a reply that another page asked for.
      run.isWhole = false;
      next = (signal) => this.rejoin(run, signal);
      await pause(300);
      if (this.run !== run) return;
    }
  }

  private async take(run: Run, answer: Response): Promise<void> {
    if (!answer.body) throw broken();
    if (this.run === run) this.show({ isCut: false });
    try {
      for await (const event of readEvents(answer.body)) {
        if (this.run !== run) return;
        const { chunk, done, error, sources } = JSON.parse(event.data) as ChatStreamEvent;
        if (sources) this.show({ sources });
        if (chunk) this.add(run, chunk);
        if (error) throw new Problem("reply_failed", error, 0);
        if (done) return;
      }
    } catch (error) {
      throw error instanceof Problem ? error : broken();
    }
    throw broken();
  }

  private add(run: Run, chunk: string): void {
    run.lastAt = performance.now();
    if (run.pieces++ === 0) {
      run.firstAt = run.lastAt;
      this.show({ isWriting: true });
    }
    run.text += chunk;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.run === run) this.text.set(run.text.length < run.earlier.length ? run.earlier : run.text);
    }, FLUSH);
  }

  /** Reads the messages, again and again while the server is away; a `Problem` where it refuses. */
  private async readPatiently(run: Run): Promise<readonly MessageReplyEntry[] | Problem> {
    for (let wait = 500; ; wait = Math.min(2 * wait, 10_000)) {
      try {
        return await this.read();
      } catch (error) {
        const problem = asProblem(error);
        if (this.run !== run || problem.code !== "no_answer") return problem;
        this.show({ isCut: true });
        await pause(wait);
        if (this.run !== run) return problem;
      }
    }
  }

  private finish(run: Run, messages: readonly MessageReplyEntry[], problem: Problem | undefined): void {
    this.leave();
    const last = lastOf(messages);
    if (last && run.isWhole && run.pieces > 0 && last.role === "assistant") {
      this.figures.set(last.message_id, figures(run.startedAt, run.firstAt, run.lastAt, run.pieces));
    }
    const isTaken = run.question === undefined || messages.some((each) => each.role === "user" && !run.known.has(each.message_id));
    // A line that was cut matters only where something was lost by it.
    const fault = problem?.code === "no_answer" && isTaken ? undefined : problem;
    this.state.set({ messages, fault, unsent: isTaken ? undefined : run.question });
    this.text.set("");
    // Lists are read again after what has ended is drawn, not within the same stretch of work.
    setTimeout(() => changedConversations(messages.length <= 2));
  }

  private show(change: Partial<Live>): void {
    const state = this.state.get();
    if (!state.live) return;
    const live = { ...state.live, ...change };
    if (live.isWriting !== state.live.isWriting || live.isCut !== state.live.isCut || live.sources !== state.live.sources) {
      this.state.set({ ...state, live });
    }
  }
}

function lastOf(messages: Talk["messages"]): MessageReplyEntry | undefined {
  return messages?.[messages.length - 1];
}

function broken(): Problem {
  return new Problem("no_answer", "The connection ended before the reply did.", 0);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const held = new Map<string, Conversation>();
const HELD = 20;

/** The conversation of an identifier: the same one as long as a reply is written in it. */
export function conversation(id: string): Conversation {
  const found = held.get(id) ?? new Conversation(id);
  held.delete(id);
  held.set(id, found);
  for (const [other, each] of held) {
    if (held.size <= HELD) break;
    if (!each.isLive && other !== id) held.delete(other);
  }
  return found;
}

/** Forgets a conversation that was deleted. */
export function forgetConversation(id: string): void {
  held.get(id)?.leave();
  held.delete(id);
}

// Another may sign in: nothing of the one before stays.
session.subscribe(() => {
  for (const id of [...held.keys()]) forgetConversation(id);
});
