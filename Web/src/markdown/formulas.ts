import type { marked } from "marked";

/** A formula among the tokens of marked. */
export interface FormulaToken {
  readonly type: "formula";
  readonly raw: string;
  readonly text: string;
  readonly isDisplay: boolean;
}

// A blank line ends a formula in TeX too: an unclosed one does not swallow the rest of the text.
const DISPLAY = /^(?:\$\$((?:[^$\n]|\n(?!\s*\n)|\$(?!\$))+?)\$\$|\\\[((?:[^\n]|\n(?!\s*\n))+?)\\\])/;
// A price is none: no blank after the first sign or before the last, and no digit behind it (Pandoc's rule).
const INLINE = /^(?:\$(?![\s$])((?:\\.|[^$`\\\n])*?[^\s$`\\])\$(?!\d)|\\\(([^\n]+?)\\\))/;

function token(match: RegExpExecArray, isDisplay: boolean): FormulaToken {
  return { type: "formula", raw: match[0] as string, text: (match[1] ?? match[2] ?? "").trim(), isDisplay };
}

/** `$$…$$` and `\[…\]` on lines of their own. */
export const blockFormula: marked.TokenizerExtension = {
  name: "blockFormula",
  level: "block",
  start: (source) => /(?:^|\n)(?:\$\$|\\\[)/.exec(source)?.index as number,
  tokenizer(source) {
    const match = DISPLAY.exec(source);
    const rest = match && /^[ \t]*(?:\n+|$)/.exec(source.slice((match[0] as string).length));
    if (!match || !rest) return undefined;
    return { ...token(match, true), raw: `${match[0]}${rest[0]}` };
  },
};

/** `$…$`, `\(…\)`, and the display marks within a line. */
export const inlineFormula: marked.TokenizerExtension = {
  name: "inlineFormula",
  level: "inline",
  start: (source) => /\$|\\[([]/.exec(source)?.index as number,
  tokenizer(source) {
    const display = DISPLAY.exec(source);
    if (display) return { ...token(display, true) };
    const match = INLINE.exec(source);
    return match ? { ...token(match, false) } : undefined;
  },
};
