/** What is said of a part that has no words of its own. */
export interface SpokenWords {
  /** A block of code of so many lines. */
  readonly code: (lines: number) => string;
}

export interface Spoken {
  /** The next whole sentences as one says them; empty where none has ended. */
  readonly said: string;
  /** How far they reach. */
  readonly upTo: number;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** A mark that ends a sentence, with what closes around it; in Chinese no blank follows. */
const END = /[.!?…]+["'”’)\]*_`]*(?=\s)|[。！？；][”’」』）]*/g;

/**
 * The sentences of a growing Markdown text that have ended since `from`, without its marks; `from` is where the last ones ended.
 *
 * A block of code is told by its length, once it has ended: nobody wants it read out. `isWhole` says that no more comes.
 */
export function spoken(text: string, from: number, isWhole: boolean, words: SpokenWords): Spoken {
  const said: string[] = [];
  let at = from;
  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline + 1;
    const isEnded = newline >= 0 || isWhole;
    const line = text.slice(at, end);
    const fence = FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      const block = isEnded ? codeFrom(text, end, fence) : undefined;
      if (!block && !isWhole) break;
      said.push(words.code(block?.lines ?? text.slice(end).trimEnd().split("\n").length));
      at = block?.end ?? text.length;
    } else {
      const length = isEnded ? line.length : wholeSentences(line);
      if (length === 0) break;
      said.push(plain(line.slice(0, length)));
      at += length;
      if (!isEnded) break;
    }
  }
  return { said: said.filter(Boolean).join(" "), upTo: at };
}

/** Where a block of code ends that begins at `start`, and how many lines it has; nothing while it is open. */
function codeFrom(text: string, start: number, fence: string): { end: number; lines: number } | undefined {
  let lines = 0;
  for (let at = start; at < text.length; lines++) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline + 1;
    const closing = FENCE.exec(text.slice(at, end))?.[1];
    if (closing?.startsWith(fence) && text.slice(at, end).trim() === closing) return { end, lines };
    at = end;
  }
  return undefined;
}

/** How much of an unfinished line is whole sentences; the number of a list ends none. */
function wholeSentences(line: string): number {
  let length = 0;
  for (const match of line.matchAll(END)) {
    const end = (match.index ?? 0) + (match[0]?.length ?? 0);
    if (!/^\s*\d+\.$/.test(line.slice(0, end))) length = end;
  }
  return length;
}

/** A line without the marks of Markdown. */
function plain(line: string): string {
  if (/^\s*\|?[\s:|-]+\|?\s*$/.test(line)) return "";
  return line
    .replace(/^\s*(?:>\s?)*(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?)?/, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*\*|__|~~|`+/g, "")
    .replace(/(^|[\s(])[*_](\S)/g, "$1$2")
    .replace(/(\S)[*_](?=[\s).,;:!?]|$)/g, "$1")
    .replace(/^\s*\|\s*|\s*\|\s*$/g, "")
    .replace(/\s*\|\s*/g, ", ")
    .replace(/\s+/g, " ")
    .trim();
}
