/** What a tab says to the worker that follows the events for all tabs. */
export type Wish =
  | { readonly type: "follow"; readonly token: string }
  /** Still open. */
  | { readonly type: "here" }
  | { readonly type: "bye" };
