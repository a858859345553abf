import { memo, useMemo, useState, type ReactNode } from "react";
import Prism from "prismjs";
import "prismjs/components/prism-bash";
import "prismjs/components/prism-c";
import "prismjs/components/prism-cpp";
import "prismjs/components/prism-go";
import "prismjs/components/prism-java";
import "prismjs/components/prism-json";
import "prismjs/components/prism-python";
import "prismjs/components/prism-rust";
import "prismjs/components/prism-sql";
import "prismjs/components/prism-swift";
import "prismjs/components/prism-typescript";
import "prismjs/components/prism-yaml";
import { copyText } from "../ui/copyText.js";
import type { MarkdownWords } from "./Markdown.js";

Prism.manual = true;

const ALIASES: Record<string, string> = { sh: "bash", shell: "bash", zsh: "bash", py: "python", ts: "typescript", js: "javascript", yml: "yaml", "c++": "cpp", rs: "rust" };

type Painted = string | Prism.Token | (string | Prism.Token)[];

function paint(tokens: Painted): ReactNode {
  if (typeof tokens === "string") return tokens;
  if (Array.isArray(tokens)) {
    return tokens.map((token, index) =>
      typeof token === "string" ? (
        token
      ) : (
        <span key={index} className={`token ${token.type}`}>
          {paint(token.content as Painted)}
        </span>
      ),
    );
  }
  return <span className={`token ${tokens.type}`}>{paint(tokens.content as Painted)}</span>;
}

/** A block of code with its language and a way to copy it. While it is written only a short one is coloured. */
export const Code = memo(function Code(props: { language: string; text: string; isLive: boolean; words: MarkdownWords }) {
  const { language, text, isLive, words } = props;
  const grammar = Prism.languages[ALIASES[language] ?? language];
  const body = useMemo(
    () => (typeof grammar === "object" && text.length < (isLive ? 4_000 : 60_000) ? paint(Prism.tokenize(text, grammar)) : text),
    [grammar, text, isLive],
  );
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <figure className="md-code">
      <figcaption>
        <span>{language || words.text}</span>
        <button type="button" onClick={() => void copy()}>
          <span aria-live="polite">{isCopied ? words.copied : words.copy}</span>
        </button>
      </figcaption>
      <pre tabIndex={0}>
        <code>{body}</code>
      </pre>
    </figure>
  );
});
