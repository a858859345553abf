import { useEffect, type RefObject } from "react";

const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex='0']";

/** An element, and at which place below it the focus was. */
type Step = readonly [parent: Element, place: number];

/**
 * Keeps the focus within `root` when what has it goes: a row that is deleted, a button that has done what it was for.
 *
 * It goes to what comes to stand in the same place, or else stands before it; without that, to the heading of the page. Lost, it would
 * begin again at the top of the document. A page that is left for another is none of it: that one's heading takes the focus.
 */
export function useKeptFocus(root: RefObject<HTMLElement>): void {
  useEffect(() => {
    const within = root.current;
    if (!within) return;
    let held: Element | undefined;
    let way: readonly Step[] = [];
    const remember = (event: FocusEvent) => {
      const steps: Step[] = [];
      for (let at = event.target as Element; at !== within && at.parentElement; at = at.parentElement) {
        steps.push([at.parentElement, [...at.parentElement.children].indexOf(at)]);
      }
      held = event.target as Element;
      way = steps;
    };
    const keep = () => {
      if (document.activeElement !== document.body || !held || held.isConnected || document.querySelector("dialog[open]")) return;
      const left = way.findIndex(([each]) => each.isConnected);
      const [parent, place] = way[left] ?? [];
      held = undefined;
      if (!parent || place === undefined || parent === within) return;
      const near = [parent.children[place], parent.children[place - 1]].map((each) =>
        each?.matches(FOCUSABLE) ? each : each?.querySelector(FOCUSABLE),
      );
      const next = near.find((each) => each instanceof HTMLElement) ?? within.querySelector("h1");
      if (next instanceof HTMLElement) next.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(keep);
    within.addEventListener("focusin", remember);
    observer.observe(within, { childList: true, subtree: true });
    return () => {
      within.removeEventListener("focusin", remember);
      observer.disconnect();
    };
  }, [root]);
}
