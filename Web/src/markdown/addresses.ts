const NAMED: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  times: "×",
  rarr: "→",
  larr: "←",
};

/** Character references as their characters; what is none stays as it is. */
export function decodeReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi,
    (whole, decimal?: string, hexadecimal?: string, name?: string) => {
      if (name) return NAMED[name] ?? whole;
      const code = decimal ? Number(decimal) : parseInt(hexadecimal as string, 16);
      const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
      return isCharacter ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}

const ESCAPED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** Takes back what marked escaped in a token's `text`. */
export function unescapeText(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ESCAPED[name] as string);
}

/** An address that a reader may follow: http, https and mailto, nothing that runs or reads. */
export function safeAddress(address: string): string | undefined {
  const text = decodeReferences(unescapeText(address)).trim();
  try {
    const { protocol } = new URL(text, "https://relative.invalid/");
    return ["https:", "http:", "mailto:"].includes(protocol) ? text : undefined;
  } catch {
    return undefined;
  }
}
