/** Sentences with `{}` where a value stands, and the same in another language; there `{2}` is the second value. */
export type Sentences = Readonly<Record<string, string>>;

interface Pattern {
  readonly expression: RegExp;
  readonly said: string;
  /** Letters that are no value: of two patterns that fit, the one that says more is meant. */
  readonly weight: number;
}

/** Finds the sentence that a text was made from, and says it in the other language with the same values. */
export class Translator {
  private readonly whole = new Map<string, string>();
  private readonly patterns: readonly Pattern[];
  private readonly known = new Map<string, string | undefined>();

  constructor(
    sentences: Sentences,
    private readonly codes: Readonly<Record<string, string>>,
  ) {
    const patterns: Pattern[] = [];
    for (const [text, said] of Object.entries(sentences)) {
      if (!text.includes("{}")) {
        this.whole.set(text, said);
        continue;
      }
      const parts = text.split("{}");
      const expression = new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.*?)")}$`, "s");
      patterns.push({ expression, said, weight: parts.join("").length });
    }
    this.patterns = patterns.sort((a, b) => b.weight - a.weight);
  }

  /** What a kind of problem is called. */
  code(code: string): string | undefined {
    return this.codes[code];
  }

  /** The text in the other language; nothing where it is not known. */
  sentence(text: string): string | undefined {
    if (this.known.has(text)) return this.known.get(text);
    const said = this.find(text) ?? this.several(text);
    if (this.known.size > 500) this.known.clear();
    this.known.set(text, said);
    return said;
  }

  private find(text: string): string | undefined {
    const whole = this.whole.get(text);
    if (whole !== undefined) return whole;
    if (text.length > 4_000) return undefined;
    for (const { expression, said } of this.patterns) {
      const values = expression.exec(text)?.slice(1);
      if (!values) continue;
      let next = 0;
      // A value may itself be the server's words: "a list", or a sentence within a sentence.
      return said.replace(/\{(\d?)\}/g, (_, place: string) => {
        const value = values[place === "" ? next++ : Number(place) - 1] ?? "";
        return this.whole.get(value) ?? (value.includes(" ") ? (this.find(value) ?? value) : value);
      });
    }
    return undefined;
  }

  /** Several sentences behind one another: all of them known, or none. */
  private several(text: string): string | undefined {
    const parts = text.split(/(?<=[.!?]) (?=["`A-Z])/);
    if (parts.length < 2) return undefined;
    const said = parts.map((part) => this.find(part));
    return said.includes(undefined) ? undefined : said.join("");
  }
}
