import type { ConversationReply } from "../../api/types.js";

/** A text file that goes along with a message. */
export interface Attachment {
  readonly name: string;
  readonly text: string;
}

/** Bytes of all files of a message together: the server takes a message of 1 MiB. */
export const ATTACHMENT_LIMIT = 200_000;

/** A message with its files behind it, each in a fence longer than any within. */
export function withAttachments(text: string, files: readonly Attachment[]): string {
  const parts = files.map(({ name, text }) => {
    const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
    const fence = "`".repeat(longest + 1);
    const kind = /\.([A-Za-z0-9]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? "";
    return `File: ${name.replace(/[\r\n]+/g, " ")}\n${fence}${kind}\n${text.replace(/\n$/, "")}\n${fence}`;
  });
  return [text.trim(), ...parts].filter(Boolean).join("\n\n");
}

/** What `withAttachments` put together, taken apart again. */
export function splitAttachments(content: string): { text: string; files: Attachment[] } {
  const files: Attachment[] = [];
  const text = content.replace(
    /(?:^|\n\n)File: ([^\n]+)\n(`{3,})[a-z0-9]*\n([\s\S]*?)\n\2(?=\n\nFile: |$)/g,
    (_, name: string, _fence: string, text: string) => {
      files.push({ name, text });
      return "";
    },
  );
  return { text, files };
}

/** The text of a file, or nothing where it is none. */
export function textOf(bytes: ArrayBuffer): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text.replace(/\r\n?/g, "\n");
  } catch {
    return undefined;
  }
}

export interface Grouped {
  readonly pinned: readonly ConversationReply[];
  readonly today: readonly ConversationReply[];
  readonly earlier: readonly ConversationReply[];
}

/** Conversations by when they were last used; the server's order stays. */
export function grouped(all: readonly ConversationReply[], now: Date = new Date()): Grouped {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const others = all.filter((each) => !each.pinned);
  return {
    pinned: all.filter((each) => each.pinned),
    today: others.filter((each) => Date.parse(each.updated_at) >= midnight),
    earlier: others.filter((each) => Date.parse(each.updated_at) < midnight),
  };
}

/** A title as the name of a file, on every system. */
export function fileName(title: string, ending: string): string {
  const plain = [...title.replace(/[\u0000-\u001f\u007f<>:"/\\|?*]+/g, " ").trim()].slice(0, 60).join("").replace(/[. ]+$/, "");
  return `${plain || "conversation"}.${ending}`;
}

/** How fast a reply came, as seen here. */
export interface Figures {
  /** Seconds from asking to the first piece. */
  readonly first: number;
  /** Pieces in a second; a piece is a token with nearly every server. */
  readonly rate: number | undefined;
  readonly pieces: number;
}

/** Pieces that come within less than this, in seconds, were waiting somewhere: their speed is the line's, not the model's. */
const SHORTEST = 0.25;

export function figures(startedAt: number, firstAt: number, lastAt: number, pieces: number): Figures {
  const seconds = (lastAt - firstAt) / 1000;
  return { first: (firstAt - startedAt) / 1000, rate: pieces > 1 && seconds >= SHORTEST ? (pieces - 1) / seconds : undefined, pieces };
}

/** Whether a key press belongs to an input method that is composing: Safari tells it by the code alone. */
export function isComposing(event: { readonly isComposing: boolean; readonly keyCode: number }): boolean {
  return event.isComposing || event.keyCode === 229;
}
