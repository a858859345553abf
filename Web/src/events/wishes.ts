import type { News } from "./follower.js";

/** What a tab says to the worker that follows the events for all tabs. */
export type Wish =
  | { readonly type: "follow"; readonly token: string }
  /** Still open. */
  | { readonly type: "here" }
  | { readonly type: "bye" };

/** What the worker says to a tab: news, and whose they are. */
export interface Heard {
  readonly token: string;
  readonly news: News;
}
