import { marked } from "marked";
import { blockFormula, inlineFormula } from "./formulas.js";

marked.use({ extensions: [blockFormula, inlineFormula] });

export const OPTIONS: marked.MarkedOptions = {
  ...marked.defaults,
  gfm: true,
  breaks: false,
  mangle: false,
  headerIds: false,
};

/**
 * Closes a fence that is still open.
 *
 * marked 4 reads an unclosed fence as a paragraph unless the text ends in a newline, and inside a list even then: without
 * this a streamed block of code flickers between code and prose.
 */
export function closeFence(text: string): string {
  if (!text.includes("```") && !text.includes("~~~")) return text;
  let open: { mark: string; lead: string } | undefined;
  for (const line of text.split("\n")) {
    const match = /^([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})(.*)$/.exec(line);
    if (!match) continue;
    const [, lead = "", mark = "", rest = ""] = match;
    if (!open) {
      if (mark[0] === "~" || !rest.includes("`")) open = { mark, lead: lead.replace(/[^\s>]/g, " ") };
    } else if (mark[0] === open.mark[0] && mark.length >= open.mark.length && !rest.trim()) {
      open = undefined;
    }
  }
  if (!open) return text;
  return `${text}${text.endsWith("\n") ? "" : "\n"}${open.lead}${open.mark}\n`;
}

/** The text cut into its blocks; joined they are the text again. */
export function splitBlocks(text: string): string[] {
  const parts: string[] = [];
  let used = 0;
  // Its blocks alone: what stands within them is read when they are drawn.
  for (const token of new marked.Lexer(OPTIONS).blockTokens(closeFence(text).replace(/\r\n|\r/g, "\n"), [])) {
    // What closeFence added falls off the end here.
    const raw = text.slice(used, used + token.raw.length);
    used += token.raw.length;
    if (!raw) continue;
    if (token.type === "space" && parts.length > 0) parts[parts.length - 1] += raw;
    else parts.push(raw);
  }
  if (used < text.length) {
    if (parts.length > 0) parts[parts.length - 1] += text.slice(used);
    else parts.push(text.slice(used));
  }
  return parts;
}

/** Cuts a text that grows: only its end is read again, whatever its length. */
export class GrowingText {
  private settled: string[] = [];
  private settledLength = 0;
  private text = "";
  private end: string[] = [];

  push(whole: string): string[] {
    if (whole !== this.text) {
      if (!whole.startsWith(this.text)) {
        this.settled = [];
        this.settledLength = 0;
      }
      this.text = whole;
      const end = splitBlocks(whole.slice(this.settledLength));
      // The last two may still become one: a paragraph a heading, a list longer.
      while (end.length > 2) {
        const block = end.shift() as string;
        this.settled.push(block);
        this.settledLength += block.length;
      }
      this.end = end;
    }
    return [...this.settled, ...this.end];
  }
}
