import { readEvents } from "../api/sse.js";

/** What happened, as `GET /api/events` tells it. */
export interface Happening {
  readonly sequence: number;
  readonly kind: string;
  readonly subject: string;
  readonly at: string;
  readonly fields: Record<string, unknown>;
}

/** What a follower tells. */
export type News =
  | { readonly type: "happened"; readonly happening: Happening }
  /** Connected; where `isReset`, something may have been missed and lists are to be read again. */
  | { readonly type: "live"; readonly isReset: boolean }
  /** Not connected, and trying. */
  | { readonly type: "trying" }
  /** The token is not taken any more. */
  | { readonly type: "refused" };

/** Follows the server's events through every cut, from where it was, until it is stopped. */
export class Follower {
  private readonly end = new AbortController();
  private cursor: string | undefined;
  /** What who comes later is told first. */
  last: News = { type: "trying" };

  constructor(
    private readonly token: string,
    private readonly tell: (news: News) => void,
  ) {
    void this.run();
  }

  stop(): void {
    this.end.abort();
  }

  private say(news: News): void {
    if (news.type !== "happened") this.last = news;
    this.tell(news);
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.end.signal.aborted) {
      try {
        if (!(await this.follow())) return;
        failures = 0;
      } catch {
        failures++;
      }
      if (this.end.signal.aborted) return;
      this.say({ type: "trying" });
      // Spread, so that a server that comes back is not met by all pages at once.
      const pause = Math.min(15_000, 500 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** False where there is no use in trying again. */
  private async follow(): Promise<boolean> {
    // The server beats every 15 seconds: a line that is silent for longer is dead.
    const silence = new AbortController();
    const stop = () => silence.abort();
    this.end.signal.addEventListener("abort", stop);
    let timer = setTimeout(stop, 40_000);
    try {
      const answer = await fetch("/api/events", {
        headers: {
          Authorization: `Bearer ${this.token}`,
          ...(this.cursor === undefined ? {} : { "Last-Event-ID": this.cursor }),
        },
        signal: silence.signal,
        cache: "no-store",
        credentials: "omit",
      });
      if (answer.status === 401) {
        this.say({ type: "refused" });
        return false;
      }
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      const heard = new TransformStream<Uint8Array, Uint8Array>({
        transform: (bytes, controller) => {
          clearTimeout(timer);
          timer = setTimeout(stop, 40_000);
          controller.enqueue(bytes);
        },
      });
      for await (const event of readEvents(answer.body.pipeThrough(heard))) {
        if (event.id !== undefined) this.cursor = event.id;
        if (event.event === "ready" || event.event === "reset") {
          this.say({ type: "live", isReset: event.event === "reset" });
        } else {
          this.say({ type: "happened", happening: JSON.parse(event.data) as Happening });
        }
      }
      return true;
    } finally {
      clearTimeout(timer);
      this.end.signal.removeEventListener("abort", stop);
    }
  }
}
