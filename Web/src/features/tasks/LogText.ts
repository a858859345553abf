/** Lines are shown in blocks: the browser lays out those that are seen, and keeps the room of the others. */
export const LINES_IN_BLOCK = 200;

/** A log that grows, cut into blocks of lines. Blocks that are full never change. */
export class LogText {
  /** Whole blocks, each of `LINES_IN_BLOCK` lines, without the last line's end. */
  readonly full: string[] = [];
  private open: string[] = [];
  private rest = "";
  private length = 0;

  /** Adds what came; it may end within a line. */
  add(text: string): void {
    this.length += text.length;
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() as string;
    for (const line of lines) {
      this.open.push(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (this.open.length === LINES_IN_BLOCK) {
        this.full.push(this.open.join("\n"));
        this.open = [];
      }
    }
  }

  /** Every block, the last one open. */
  blocks(): readonly string[] {
    const last = this.rest === "" ? this.open : [...this.open, this.rest];
    return last.length > 0 ? [...this.full, last.join("\n")] : [...this.full];
  }

  get lineCount(): number {
    return this.full.length * LINES_IN_BLOCK + this.open.length + (this.rest === "" ? 0 : 1);
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  whole(): string {
    return this.blocks().join("\n");
  }
}

/** Where a word stands: the block, and the place within its text. */
export interface Place {
  readonly block: number;
  readonly start: number;
}

/** The places of a word, upper and lower case alike; no more than `most`. */
export function findAll(blocks: readonly string[], word: string, most = 10_000): Place[] {
  const places: Place[] = [];
  const wanted = word.toLowerCase();
  if (wanted === "") return places;
  for (const [block, text] of blocks.entries()) {
    const lower = text.toLowerCase();
    // A letter whose lower case is longer would shift every place after it.
    const hay = lower.length === text.length ? lower : text;
    for (let at = hay.indexOf(wanted); at >= 0; at = hay.indexOf(wanted, at + wanted.length)) {
      places.push({ block, start: at });
      if (places.length >= most) return places;
    }
  }
  return places;
}
