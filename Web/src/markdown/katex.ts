import katex from "katex";
import "./katex.css";

/** Sets a formula into a place; false where it is none. */
export function setFormula(text: string, isDisplay: boolean, place: HTMLElement): boolean {
  try {
    // No macros that read or link: what a model wrote is not trusted.
    katex.render(text, place, { displayMode: isDisplay, trust: false, strict: "ignore", maxSize: 20, maxExpand: 200 });
    return true;
  } catch {
    place.replaceChildren();
    return false;
  }
}
