import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useObservable } from "../../api/observable.js";
import { isNavigated, useQuery } from "../../app/router.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Choice } from "../../ui/Choice.js";
import { Empty, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import "../chat/chat.css";
import { useIsNarrow } from "../chat/ConversationList.js";
import { usePartners, type Partner } from "../chat/models.js";
import { FEWEST, firstColumns, letter } from "./columns.js";
import { Heads } from "./Heads.js";
import "./compare.css";
import { comparison, isRunning, isVotable } from "./comparison.js";
import { Prompt } from "./Prompt.js";
import { TurnRow } from "./TurnRow.js";
import { compareWords } from "./words.js";

const LAST = "luthier.compare.models";

function lastModels(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(LAST) ?? "[]");
    return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** The same question to two to four models, beside each other, and what one thinks of their answers. */
export default function Compare() {
  const say = useWords(compareWords);
  const sayUI = useWords(uiWords);
  const query = useQuery();
  const compared = comparison();
  const state = useObservable(compared.state);
  const { columns, turns } = state;
  const partners = usePartners();
  const isNarrow = useIsNarrow();
  const [shown, setShown] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    document.title = `${say("title")} · Luthier`;
  }, [say]);
  useEffect(() => {
    if (isNavigated()) heading.current?.focus({ preventScroll: true });
  }, []);
  // Whom to begin with, once it is known who there is; an address that names models begins anew with them.
  const wanted = query.getAll("model").join("\n");
  const begun = useRef<string>();
  useEffect(() => {
    if (!partners.all || begun.current === wanted) return;
    begun.current = wanted;
    const now = compared.state.get().columns;
    if (wanted === "" && now.length > 0) return;
    const next = firstColumns(partners.all, wanted.split("\n").filter(Boolean), lastModels());
    // The same ones, come back to: what they said stays.
    if (areSame(next, now)) return;
    compared.clear();
    compared.change({ columns: next });
  }, [partners.all, wanted, compared]);
  useEffect(() => {
    if (columns.length >= FEWEST) localStorage.setItem(LAST, JSON.stringify(columns.map((each) => each.id)));
  }, [columns]);

  const last = turns[turns.length - 1];
  const isLive = last?.answers.some(isRunning) ?? false;
  const count = columns.length;
  // Who is at the end stays there while answers grow.
  const isAtEnd = useRef(true);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [element, inner] = [scroll.current, content.current];
    if (!element || !inner) return;
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(inner);
    return () => observer.disconnect();
  }, [turns.length > 0]);
  const [news, setNews] = useState("");
  const wasLive = useRef(isLive);
  useEffect(() => {
    if (wasLive.current && !isLive && last) setNews(isVotable(last) ? say("finished", { n: count }) : say("finishedAlone"));
    if (isLive) setNews("");
    wasLive.current = isLive;
    // Only when the answers begin or end.
  }, [isLive]);

  const voteBar = () => scroll.current?.querySelector<HTMLElement>(".compare-turn:last-of-type .compare-vote");
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, [role=dialog]")) return;
    const place = Number(event.key) - 1;
    if (!(place >= 0 && place < count)) return;
    const button = voteBar()?.querySelector<HTMLButtonElement>(`[data-column="${place}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  };
  const send = (text: string) => {
    isAtEnd.current = true;
    compared.standard = partners.config?.max_tokens;
    compared.send(text);
    // One reads now, and votes with a key.
    requestAnimationFrame(() => scroll.current?.focus({ preventScroll: true }));
  };

  const hasNobody = partners.all !== undefined && partners.all.length < FEWEST && count < FEWEST;
  return (
    <div className="compare" onKeyDown={onKey}>
      <header className="compare-head">
        <h1 ref={heading} tabIndex={-1}>
          {say("title")}
        </h1>
        <div className="compare-head-actions">
          {turns.length > 0 && (
            <Button
              icon="plus"
              onClick={() => {
                compared.clear();
                field.current?.focus();
              }}
            >
              {say("again")}
            </Button>
          )}
          <ButtonLink to="/app/compare/votes" look="quiet" icon="list">
            {say("votes")}
          </ButtonLink>
        </div>
      </header>
      {hasNobody ? (
        <div className="compare-middle">
          <Empty
            title={say("noModels")}
            actions={
              <>
                <ButtonLink to="/app/tasks/new" look="primary" icon="plus">
                  {say("toTraining")}
                </ButtonLink>
                <ButtonLink to="/app/models">{say("toModels")}</ButtonLink>
              </>
            }
          >
            {say("noModelsHelp")}
          </Empty>
        </div>
      ) : count === 0 ? (
        <div className="compare-middle">
          {partners.problem ? <ProblemNote problem={partners.problem} onRetry={partners.reload} /> : <Skeleton label={sayUI("loading")} lines={6} />}
        </div>
      ) : (
        <>
          <div
            className="compare-scroll"
            ref={scroll}
            tabIndex={0}
            role="region"
            aria-label={say("answers")}
            onScroll={() => {
              const element = scroll.current;
              if (element) isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
            }}
          >
            <div className={`compare-body compare-of-${count}`} data-one={isNarrow && turns.length > 0}>
              {isNarrow && turns.length > 0 ? (
                <div className="compare-tabs">
                  <Choice
                    label={say("shown")}
                    value={String(Math.min(shown, count - 1))}
                    options={columns.map((_, index) => ({ value: String(index), label: letter(index) }))}
                    onChoose={(value) => setShown(Number(value))}
                  />
                </div>
              ) : null}
              <Heads compared={compared} partners={partners} {...(isNarrow && turns.length > 0 ? { only: Math.min(shown, count - 1) } : {})} />
              {turns.length === 0 ? (
                <Greeting onExample={(text) => field.current && fill(field.current, text)} />
              ) : (
                <div className="compare-turns" ref={content}>
                  {turns.map((turn, index) => (
                    <TurnRow
                      key={index}
                      compared={compared}
                      turn={turn}
                      index={index}
                      isLast={index === turns.length - 1}
                      onVoted={() => matchMedia("(pointer: fine)").matches && field.current?.focus()}
                      onUndone={() => scroll.current?.focus({ preventScroll: true })}
                      {...(isNarrow ? { only: Math.min(shown, count - 1) } : {})}
                    />
                  ))}
                </div>
              )}
            </div>
          </div>
          <Prompt ref={field} compared={compared} isLive={isLive} standard={partners.config?.max_tokens} onSend={send} />
        </>
      )}
      <div className="visually-hidden" role="status" aria-live="polite">
        {news}
      </div>
    </div>
  );
}

/** Whether they are the same models in any order: they may have been mixed. */
function areSame(one: readonly Partner[], other: readonly Partner[]): boolean {
  const names = (all: readonly Partner[]) =>
    all
      .map((each) => each.id)
      .sort()
      .join("\n");
  return names(one) === names(other);
}

/** Puts a text into a field as if it had been typed. */
function fill(field: HTMLTextAreaElement, text: string): void {
  const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set;
  set?.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function Greeting({ onExample }: { onExample: (text: string) => void }) {
  const say = useWords(compareWords);
  return (
    <div className="compare-greeting">
      <h2>{say("greeting")}</h2>
      <p>{say("greetingHelp")}</p>
      <div className="chat-examples">
        {(["example1", "example2", "example3", "example4"] as const).map((each) => (
          <button key={each} type="button" className="chat-example" onClick={() => onExample(say(each))}>
            {say(each)}
          </button>
        ))}
      </div>
    </div>
  );
}
