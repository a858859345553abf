import { Fragment, memo, useMemo, useRef, type ReactNode } from "react";
import { marked } from "marked";
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

type Token = marked.Token & { tokens?: marked.Token[]; raw: string };
interface Context {
  readonly words: MarkdownWords;
  readonly isLive: boolean;
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
            {token.tokens ? inline(token.tokens, context) : decodeReferences(token.raw)}
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
          {token.tokens ? inline(token.tokens, context) : decodeReferences(token.raw)}
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

const Block = memo(function Block({ source, isLive, words }: { source: string; isLive: boolean; words: MarkdownWords }) {
  return (
    <>{useMemo(() => blocks(marked.lexer(closeFence(source), OPTIONS), { words, isLive }), [source, isLive, words])}</>
  );
});

/**
 * Markdown as React elements: no string of HTML exists at any point, so there is nothing to sanitise. HTML in the text is
 * shown as text.
 *
 * `words` must be the same object as long as the language is. While `isStreaming`, only the end of the text is read again.
 */
export const Markdown = memo(function Markdown(props: { text: string; words: MarkdownWords; isStreaming?: boolean }) {
  const { text, words, isStreaming = false } = props;
  const growing = useRef<GrowingText>();
  const parts = useMemo(
    () => (isStreaming ? (growing.current ??= new GrowingText()).push(text) : splitBlocks(text)),
    [text, isStreaming],
  );
  return (
    <div className={isStreaming ? "md md-streaming" : "md"}>
      {parts.map((part, index) => (
        <Block key={index} source={part} isLive={isStreaming && index === parts.length - 1} words={words} />
      ))}
    </div>
  );
});
