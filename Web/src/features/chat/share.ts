import type { MessageReplyEntry } from "../../api/types.js";
import { lastPart } from "../../ui/lastPart.js";
import { splitAttachments } from "./text.js";

export interface ShareWords {
  readonly you: string;
  readonly model: string;
  /** In place of a file that went along. */
  readonly file: (name: string) => string;
  /** In place of what is nobody's business. */
  readonly masked: string;
}

/** A conversation as it can be shown to others. */
export interface Shared {
  readonly text: string;
  readonly files: number;
  /** Passages of indexes that went along with questions. */
  readonly passages: number;
  readonly masked: number;
}

/** What gives away a secret, a person or a machine: each is masked. */
const PRIVATE: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:sk|pk|rk|lut|hf|ghp|gho|ghs|glpat|xox[abpr]|AKIA|AIza)[-_]?[A-Za-z0-9][\w-]{14,}/g,
  /(?<=\b(?:bearer|password|passwd|passphrase|secret|token|api[-_ ]?key)["']?\s*[:=]?\s*["']?)(?=\S*[\d_-])[^\s"'`,;]{8,}/gi,
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  /(?<![\w/])\/(?:home|Users|root)(?:\/[\w.-]+)+/g,
  /\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g,
];

/**
 * The messages as Markdown without what is not for others: what files held, passages of indexes, folders of models, and what looks
 * like a key, a password, an address of a person or of a machine. The system prompt is in no message.
 */
export function shareText(title: string, messages: readonly MessageReplyEntry[], words: ShareWords): Shared {
  let [files, passages, masked] = [0, 0, 0];
  const mask = (text: string) =>
    PRIVATE.reduce(
      (before, pattern) =>
        before.replace(pattern, () => {
          masked++;
          return words.masked;
        }),
      text,
    );
  const parts = messages
    .filter((message) => message.content !== "")
    .map((message) => {
      const isMine = message.role === "user";
      const { text, files: own } = isMine ? splitAttachments(message.content) : { text: message.content, files: [] };
      files += own.length;
      passages += message.sources?.length ?? 0;
      const who = isMine ? words.you : message.model ? lastPart(message.model) : words.model;
      return [`**${mask(who)}**`, mask(text.trim()), ...own.map((file) => words.file(mask(file.name)))].filter(Boolean).join("\n\n");
    });
  return { text: [`# ${mask(title)}`, ...parts].join("\n\n") + "\n", files, passages, masked };
}
