import { ask, asProblem, isAbort, open } from "../../api/client.js";
import { observable, type Observable } from "../../api/observable.js";
import { Problem } from "../../api/problem.js";
import { session } from "../../api/session.js";
import { readEvents } from "../../api/sse.js";
import type { ChatMessage, ChatStreamEvent, ComparisonVerdict } from "../../api/types.js";
import type { Partner } from "../chat/models.js";
import type { Settings } from "../chat/sampling.js";
import { figures, type Figures } from "../chat/text.js";
import { shuffled } from "./columns.js";
import { forget, keep, kept } from "./keeping.js";

export interface Answer {
  /** `asked`: nothing came yet. */
  readonly status: "asked" | "writing" | "complete" | "stopped" | "failed";
  /** All of it, as soon as it has ended. */
  readonly content: string;
  readonly problem?: Problem | undefined;
  readonly figures?: Figures | undefined;
}

export interface Vote {
  readonly id: string;
  readonly verdict: ComparisonVerdict;
  /** The column of the best. */
  readonly winner?: number | undefined;
}

export interface Turn {
  readonly question: string;
  readonly settings: Settings;
  /** By column. */
  readonly answers: readonly Answer[];
  readonly wasBlind: boolean;
  readonly vote?: Vote | undefined;
}

export interface Compared {
  /** In the order of the columns; nothing until it is known who there is. */
  readonly columns: readonly Partner[];
  readonly turns: readonly Turn[];
  readonly settings: Settings;
  readonly isBlind: boolean;
  /** The names are hidden now. */
  readonly isHidden: boolean;
}

/** No more often than 30 times a second does a column hear of its growing answer. */
const FLUSH = 33;

export function isRunning(answer: Answer | undefined): boolean {
  return answer?.status === "asked" || answer?.status === "writing";
}

/** What was said with a column before a turn: an exchange without an answer is left out. */
export function historyOf(turns: readonly Turn[], column: number, before: number): ChatMessage[] {
  return turns.slice(0, before).flatMap((turn) => {
    const content = turn.answers[column]?.content ?? "";
    return content === "" ? [] : [message("user", turn.question), message("assistant", content)];
  });
}

function message(role: ChatMessage["role"], content: string): ChatMessage {
  return { role, content };
}

/** Whether one can vote on a turn: every answer has ended, and there are two or more. */
export function isVotable(turn: Turn): boolean {
  return !turn.answers.some(isRunning) && turn.answers.filter((each) => each.content !== "").length >= 2;
}

/** One comparison, as long as the page is open: its answers go on while other pages are looked at. */
export class Comparison {
  readonly state: Observable<Compared>;
  /** What is being written, by column. */
  readonly texts: readonly Observable<string>[] = Array.from({ length: 4 }, () => observable(""));
  /** Tokens of a reply where the settings say nothing. */
  standard: number | undefined;
  private aborts: (AbortController | undefined)[] = [];

  /** `kept` is one of before a reload: whatever had not ended is asked again. */
  constructor(kept?: Compared) {
    this.state = observable<Compared>(kept ?? { columns: [], turns: [], settings: {}, isBlind: false, isHidden: false });
    const last = this.state.get().turns.length - 1;
    this.lastTurn?.answers.forEach((answer, column) => {
      if (!isRunning(answer)) return;
      this.answer(last, column, { status: "asked", content: "" });
      void this.drive(last, column);
    });
  }

  get isRunning(): boolean {
    return this.lastTurn?.answers.some(isRunning) ?? false;
  }

  private get lastTurn(): Turn | undefined {
    const { turns } = this.state.get();
    return turns[turns.length - 1];
  }

  change(change: Partial<Compared>): void {
    this.state.set({ ...this.state.get(), ...change });
  }

  /** Asks all columns; the names are hidden and the columns mixed where that is wished. */
  send(question: string): void {
    if (this.isRunning) return;
    let { columns, isHidden } = this.state.get();
    const { turns, settings, isBlind } = this.state.get();
    if (turns.length === 0) {
      isHidden = isBlind;
      if (isBlind) columns = shuffled(columns);
    }
    const answers = columns.map((): Answer => ({ status: "asked", content: "" }));
    this.change({ columns, isHidden, turns: [...turns, { question, settings, answers, wasBlind: isHidden }] });
    columns.forEach((_, column) => void this.drive(turns.length, column));
  }

  /** Asks one column again for what did not come. */
  retry(turn: number, column: number): void {
    const before = this.state.get().turns[turn]?.answers[column];
    if (turn !== this.state.get().turns.length - 1 || isRunning(before)) return;
    this.answer(turn, column, { status: "asked", content: "" });
    void this.drive(turn, column);
  }

  /** Ends one answer, or all of them; what came is kept. */
  stop(column?: number): void {
    for (const [index, abort] of this.aborts.entries()) if (column === undefined || index === column) abort?.abort();
  }

  /** Begins anew with the same models. */
  clear(): void {
    this.stop();
    this.aborts = [];
    this.change({ turns: [], isHidden: false });
  }

  /** Keeps what one thinks of a turn's answers; the names are shown from now on. */
  async vote(index: number, verdict: ComparisonVerdict, winner?: number): Promise<void> {
    const { columns, turns } = this.state.get();
    const turn = turns[index];
    if (!turn || turn.vote || !isVotable(turn)) return;
    const answered = [...columns.keys()].filter((column) => turn.answers[column]?.content !== "");
    const { comparison_id: id } = await ask("POST /api/comparisons", {
      body: {
        prompt: turn.question,
        settings: turn.settings,
        verdict,
        ...(winner === undefined ? {} : { winner: answered.indexOf(winner) }),
        blind: turn.wasBlind,
        replies: answered.map((column) => {
          const history = historyOf(turns, column, index);
          const { id: model, name } = columns[column] as Partner;
          return { model: model || name, content: turn.answers[column]?.content ?? "", ...(history.length > 0 ? { history } : {}) };
        }),
      },
    });
    this.replace(index, (old) => ({ ...old, vote: { id, verdict, winner } }));
    this.change({ isHidden: false });
  }

  /** Takes a vote back. */
  async unvote(index: number): Promise<void> {
    const vote = this.state.get().turns[index]?.vote;
    if (!vote) return;
    try {
      await ask("DELETE /api/comparisons/{comparison_id}", { path: { comparison_id: vote.id } });
    } catch (error) {
      // Deleted where the votes are listed.
      if (asProblem(error).status !== 404) throw error;
    }
    this.replace(index, ({ vote: _, ...rest }) => rest);
  }

  private replace(index: number, change: (turn: Turn) => Turn): void {
    this.change({ turns: this.state.get().turns.map((turn, other) => (other === index ? change(turn) : turn)) });
  }

  private answer(turn: number, column: number, answer: Answer): void {
    this.replace(turn, (old) => ({ ...old, answers: old.answers.map((each, other) => (other === column ? answer : each)) }));
  }

  private async drive(turn: number, column: number): Promise<void> {
    const abort = (this.aborts[column] = new AbortController());
    const { columns, turns } = this.state.get();
    const text = this.texts[column] as Observable<string>;
    const asked = turns[turn] as Turn;
    const model = columns[column]?.id;
    const { system_prompt: system, ...parameters } = asked.settings;
    const messages = [...(system ? [message("system", system)] : []), ...historyOf(turns, column, turn), message("user", asked.question)];
    const startedAt = performance.now();
    let [content, firstAt, lastAt, pieces] = ["", 0, 0, 0];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let problem: Problem | undefined;
    text.set("");
    try {
      const reply = await open("POST /api/generate", { body: { ...(model ? { model } : {}), messages, max_tokens: this.standard ?? null, ...parameters }, signal: abort.signal });
      for await (const piece of tokens(reply)) {
        lastAt = performance.now();
        if (pieces++ === 0) {
          firstAt = lastAt;
          if (this.aborts[column] === abort) this.answer(turn, column, { status: "writing", content: "" });
        }
        content += piece;
        timer ??= setTimeout(() => {
          timer = undefined;
          if (this.aborts[column] === abort) text.set(content);
        }, FLUSH);
      }
    } catch (error) {
      if (!isAbort(error) && !abort.signal.aborted) problem = asProblem(error);
    }
    clearTimeout(timer);
    // Cleared meanwhile: nobody waits for it any more.
    if (this.aborts[column] !== abort) return;
    this.aborts[column] = undefined;
    this.answer(turn, column, {
      status: problem ? "failed" : abort.signal.aborted ? "stopped" : "complete",
      content,
      problem,
      figures: pieces > 0 ? figures(startedAt, firstAt, lastAt, pieces) : undefined,
    });
    text.set("");
  }
}

/** The pieces of a streamed answer; throws what went wrong in the middle of it. */
async function* tokens(answer: Response): AsyncGenerator<string, void, undefined> {
  const broken = () => new Problem("no_answer", "The connection ended before the reply did.", 0);
  if (!answer.body) throw broken();
  for await (const event of readEvents(answer.body)) {
    const { token, done, error } = JSON.parse(event.data) as ChatStreamEvent;
    if (token) yield token;
    if (error) throw new Problem("reply_failed", error, 0);
    if (done) return;
  }
  throw broken();
}

let held = new Comparison(kept());
held.state.subscribe(() => keep(held.state.get()));

/** The comparison of this page. */
export function comparison(): Comparison {
  return held;
}

// Another may sign in: nothing of the one before stays.
session.subscribe(() => {
  held.stop();
  forget();
  held = new Comparison();
  held.state.subscribe(() => keep(held.state.get()));
});
