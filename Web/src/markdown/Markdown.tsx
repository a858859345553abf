import { Fragment, memo, useMemo, useRef, type ReactNode } from "react";
import { marked } from "marked";
import { Hint } from "../ui/Hint.js";
import { decodeReferences, safeAddress, unescapeText } from "./addresses.js";
import { Code } from "./Code.js";
import { Formula } from "./Formula.js";
import type { FormulaToken } from "./formulas.js";
import { closeFence, GrowingText, OPTIONS, splitBlocks } from "./parts.js";
import "./markdown.css";

export interface MarkdownWords {
  readonly copy: string;
  readonly copied: string;
  /** A block of code of no language. */
  readonly text: string;
  readonly table: string;
  readonly done: string;
  readonly open: string;
  /** A picture that is not loaded yet. */
  readonly picture: string;
  readonly showPicture: string;
}

/** The sources that a text names by their numbers, `[1]` being the first. */
export interface Citations {
  readonly count: number;
  /** What a reader who cannot see it hears: the number and the document. */
  label(number: number): string;
  open(number: number): void;
}

type Token = marked.Token & { tokens?: marked.Token[]; raw: string };
interface Context {
  readonly words: MarkdownWords;
  readonly isLive: boolean;
  readonly citations: Citations | undefined;
}

// As models write them: [1], [2, 3], and 【4】 in Chinese.
const CITED = /([[【]\d{1,2}(?:[,，、] ?\d{1,2})*[\]】])/;

/**
 * A long text as several, cut where there is a blank: when it grows, the browser shapes only the last of them again.
 *
 * The cuts stay where they are while it grows.
 */
function pieces(text: string): ReactNode {
  return text.length < 1_200 ? text : text.match(/[\s\S]{300,600}?\s|[\s\S]{1,600}/gu);
}

/** Words of the text; the numbers of sources that there are can be pressed. */
function said(raw: string, { citations }: Context): ReactNode {
  const text = decodeReferences(raw);
  if (!citations || !CITED.test(text)) return pieces(text);
  return text.split(CITED).map((part, index) => {
    // Every other part is what the expression found.
    if (index % 2 === 0) return part;
    const numbers = part.slice(1, -1).split(/[,，、] ?/).map(Number);
    if (!numbers.every((each) => each >= 1 && each <= citations.count)) return part;
    return numbers.map((each) => (
      <button
        key={`${index}-${each}`}
        type="button"
        className="md-cite"
        aria-label={citations.label(each)}
        onClick={() => citations.open(each)}
      >
        {each}
        <Hint text={citations.label(each)} />
      </button>
    ));
  });
}

function inline(tokens: marked.Token[] | undefined, context: Context): ReactNode {
  return tokens?.map((each, index) => {
    const token = each as Token;
    switch (each.type) {
      case "strong":
        return <strong key={index}>{inline(token.tokens, context)}</strong>;
      case "em":
        return <em key={index}>{inline(token.tokens, context)}</em>;
      case "del":
        return <del key={index}>{inline(token.tokens, context)}</del>;
      case "codespan":
        return <code key={index}>{unescapeText(each.text)}</code>;
      case "br":
        return <br key={index} />;
      case "escape":
        return <Fragment key={index}>{token.raw.slice(1)}</Fragment>;
      case "link": {
        const address = safeAddress(each.href);
        if (!address) return <Fragment key={index}>{inline(token.tokens, context)}</Fragment>;
        return (
          <a key={index} href={address} title={each.title ?? undefined} target="_blank" rel="noopener noreferrer nofollow">
            {inline(token.tokens, context)}
          </a>
        );
      }
      case "image":
        return <Picture key={index} address={each.href} text={each.text} words={context.words} />;
      case "text":
        return (
          <Fragment key={index}>
            {token.tokens ? inline(token.tokens, context) : said(token.raw, context)}
          </Fragment>
        );
      default: // raw HTML, and whatever is new: as text
        return formula(each, index) ?? <Fragment key={index}>{token.raw}</Fragment>;
    }
  });
}

/** A token that marked's types do not know of: ours. */
function formula(token: object, key: number): ReactNode {
  const { type, text, isDisplay } = token as FormulaToken;
  return type === "formula" ? <Formula key={key} text={text} isDisplay={isDisplay} /> : undefined;
}

/** A picture of elsewhere: its address can carry the talk away, so it is not fetched until the reader follows it. */
function Picture({ address, text, words }: { address: string; text: string; words: MarkdownWords }) {
  const safe = safeAddress(address);
  const name = text || words.picture;
  if (!safe || safe.startsWith("mailto:")) return <span className="md-picture">{name}</span>;
  return (
    <a className="md-picture" href={safe} title={safe} target="_blank" rel="noopener noreferrer nofollow">
      {words.showPicture} {name}
    </a>
  );
}

function block(each: marked.Token, key: number, context: Context): ReactNode {
  const token = each as Token;
  switch (each.type) {
    case "space":
    case "def":
      return null;
    case "hr":
      return <hr key={key} />;
    case "heading": {
      // Below the page's own headings.
      const Heading = `h${Math.min(6, each.depth + 2)}` as "h3";
      return <Heading key={key}>{inline(token.tokens, context)}</Heading>;
    }
    case "paragraph":
      return <p key={key}>{inline(token.tokens, context)}</p>;
    case "text":
      return (
        <Fragment key={key}>
          {token.tokens ? inline(token.tokens, context) : said(token.raw, context)}
        </Fragment>
      );
    case "blockquote":
      return <blockquote key={key}>{blocks(token.tokens ?? [], context)}</blockquote>;
    case "code":
      return (
        <Code
          key={key}
          language={((each as marked.Tokens.Code).lang ?? "").split(/\s/)[0] ?? ""}
          text={each.text}
          isLive={context.isLive}
          words={context.words}
        />
      );
    case "list":
      return list(each, key, context);
    case "table":
      return table(each, key, context);
    default:
      return formula(each, key) ?? <p key={key}>{token.raw}</p>;
  }
}

function list(token: marked.Tokens.List, key: number, context: Context): ReactNode {
  const items = token.items.map((item, index) => (
    <li key={index} className={item.task ? "md-task" : undefined}>
      {item.task && (
        <input
          type="checkbox"
          checked={item.checked === true}
          disabled
          readOnly
          aria-label={item.checked ? context.words.done : context.words.open}
        />
      )}
      {blocks((item as unknown as Token).tokens ?? [], context)}
    </li>
  ));
  return token.ordered ? (
    <ol key={key} start={Number(token.start) || 1}>
      {items}
    </ol>
  ) : (
    <ul key={key}>{items}</ul>
  );
}

function table(token: marked.Tokens.Table, key: number, context: Context): ReactNode {
  const aligned = (index: number) => (token.align[index] ? `md-${token.align[index]}` : undefined);
  return (
    <div key={key} className="md-table" tabIndex={0} role="group" aria-label={context.words.table}>
      <table>
        <thead>
          <tr>
            {token.header.map((cell, index) => (
              <th key={index} scope="col" className={aligned(index)}>
                {inline(cell.tokens, context)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} className={aligned(column)}>
                  {inline(cell.tokens, context)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function blocks(tokens: marked.Token[], context: Context): ReactNode {
  return tokens.map((token, index) => block(token, index, context));
}

const Block = memo(function Block({ source, isLive, words, citations }: Context & { source: string }) {
  const tokens = useMemo(() => marked.lexer(closeFence(source), OPTIONS), [source]);
  return <>{useMemo(() => blocks(tokens, { words, isLive, citations }), [tokens, isLive, words, citations])}</>;
});

/** Blocks that are looked at together: of a long text that grows, only the last such run is compared block by block, and only runs in sight are drawn. */
const RUN = 24;

interface RunProps extends Context {
  readonly parts: readonly string[];
}

const Run = memo(
  function Run({ parts, isLive, ...context }: RunProps) {
    return (
      <div className="md-run">
        {parts.map((part, index) => (
          <Block key={index} source={part} isLive={isLive && index === parts.length - 1} {...context} />
        ))}
      </div>
    );
  },
  (before, now) =>
    before.isLive === now.isLive &&
    before.words === now.words &&
    before.citations === now.citations &&
    before.parts.length === now.parts.length &&
    before.parts.every((part, index) => part === now.parts[index]),
);

/** The numbers of the blocks that runs begin with. */
function beginnings(count: number): number[] {
  return Array.from({ length: Math.ceil(count / RUN) }, (_, index) => index * RUN);
}

/**
 * Markdown as React elements: no string of HTML exists at any point, so there is nothing to sanitise. HTML in the text is
 * shown as text.
 *
 * `words` must be the same object as long as the language is, and `citations` as long as the sources are. While `isStreaming`, only the end of the text is read again.
 */
export const Markdown = memo(function Markdown(props: {
  text: string;
  words: MarkdownWords;
  isStreaming?: boolean;
  citations?: Citations | undefined;
}) {
  const { text, words, isStreaming = false, citations } = props;
  const growing = useRef<GrowingText>();
  if (isStreaming) growing.current ??= new GrowingText();
  // What has ended is cut as it was while it grew: nothing of it is read or drawn again.
  const parts = useMemo(() => growing.current?.push(text) ?? splitBlocks(text), [text]);
  return (
    <div className={isStreaming ? "md md-streaming" : "md"}>
      {beginnings(parts.length).map((from) => (
        <Run
          key={from}
          parts={parts.slice(from, from + RUN)}
          isLive={isStreaming && from + RUN >= parts.length}
          words={words}
          citations={citations}
        />
      ))}
    </div>
  );
});
