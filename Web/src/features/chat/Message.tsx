import { memo, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { observable, useObservable } from "../../api/observable.js";
import { Problem } from "../../api/problem.js";
import type { LoadStatusReply, MessageReplyEntry, ReplyFailureReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Markdown, type Citations } from "../../markdown/Markdown.js";
import { Button, IconButton } from "../../ui/Button.js";
import { copyText } from "../../ui/copyText.js";
import { Icon } from "../../ui/Icon.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import type { Conversation, Live } from "./conversation.js";
import { LoadLine } from "./ModelNote.js";
import { SourceDialog, SourceList } from "./Sources.js";
import { isComposing, splitAttachments, type Figures } from "./text.js";
import { chatWords, useMarkdownWords } from "./words.js";

/** A reply that has ended. */
export interface Ended {
  readonly message: MessageReplyEntry;
  readonly figures: Figures | undefined;
  readonly isBusy: boolean;
  readonly isLast: boolean;
  /** Who would reply anew. */
  readonly with: string | undefined;
  readonly onRegenerate: () => void;
  readonly onContinue: () => void;
  readonly onChoose: (messageID: string) => void;
}

/** A reply that is being written. */
export interface Writing {
  readonly talk: Conversation;
  readonly live: Live;
  readonly standing: LoadStatusReply | undefined;
}

const nothing = observable("");

/** `isTrue`, but a paint later where it becomes so. */
function useAfterPaint(isTrue: boolean): boolean {
  const [isPainted, setPainted] = useState(isTrue);
  useEffect(() => {
    if (!isTrue) {
      setPainted(false);
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const frame = requestAnimationFrame(() => (timer = setTimeout(() => setPainted(true))));
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [isTrue]);
  return isTrue && isPainted;
}

/** A reply, written or being written: one component, so that its text stays as it is drawn when it ends. */
export function Reply({ name, reply }: { name: string; reply: Ended | Writing }) {
  const say = useWords(chatWords);
  const words = useMarkdownWords();
  const writing = "live" in reply ? reply : undefined;
  const ended = "live" in reply ? undefined : reply;
  const growing = useObservable(writing ? writing.talk.text : nothing);
  const text = ended ? ended.message.content : growing;
  const sources = (ended ? ended.message.sources : writing?.live.sources) ?? undefined;
  // What stands below a reply comes after its end is drawn: both at once would hold a slow computer up.
  const isSettled = useAfterPaint(ended !== undefined);
  const [opened, setOpened] = useState<number>();
  const citations = useMemo<Citations | undefined>(
    () =>
      sources && {
        count: sources.length,
        label: (n) => say("source", { n, document: sources[n - 1]?.document ?? "" }),
        open: setOpened,
      },
    [sources, say],
  );
  return (
    <article
      className={ended ? "chat-message chat-reply" : "chat-message chat-reply chat-live"}
      {...(ended ? { id: `message-${ended.message.message_id}`, tabIndex: -1 } : { "aria-busy": true })}
    >
      <h2 className="visually-hidden">{say("modelSaid", { model: name })}</h2>
      <p className="chat-who" aria-hidden="true">
        {name}
      </p>
      {text !== "" && <Markdown text={text} words={words} isStreaming={!ended} citations={citations} />}
      {sources && sources.length > 0 && ended && isSettled && <SourceList sources={sources} onOpen={setOpened} />}
      {sources && opened !== undefined && <SourceDialog sources={sources} first={opened} onClose={() => setOpened(undefined)} />}
      {ended && isSettled && <AfterReply {...ended} />}
      {writing && <WhileWriting {...writing} name={name} hasBegun={text !== ""} />}
    </article>
  );
}

/** Below a reply that has ended: how it did, and what can be done with it. */
function AfterReply(props: Ended) {
  const { message, figures, isBusy } = props;
  const say = useWords(chatWords);
  const format = useFormat();
  const isBroken = message.status === "stopped" || message.status === "interrupted";
  const number = (value: number) => format.number(value, value < 10 ? 1 : 0);
  const speed =
    figures &&
    (figures.rate === undefined
      ? say("figuresFirst", { first: format.number(figures.first, 2) })
      : say("figures", { rate: number(figures.rate), first: format.number(figures.first, 2) }));
  return (
    <>
      {message.content === "" && message.status === "complete" && <p className="chat-aside">{say("emptyReply")}</p>}
      {message.status === "stopped" && <p className="chat-aside">{say("stopped")}</p>}
      {message.status === "interrupted" && <p className="chat-aside chat-warn">{say("interrupted")}</p>}
      {message.status === "failed" &&
        (message.failure ? (
          <ProblemNote problem={problemIn(message.failure)} {...(props.isLast ? { onRetry: props.onRegenerate } : {})} />
        ) : (
          <p className="chat-aside chat-bad">
            <Icon name="warning" /> {say("replyFailed")}
          </p>
        ))}
      {!!message.left_out && <p className="chat-aside">{say("leftOut", { n: message.left_out })}</p>}
      <Actions isLast={props.isLast}>
        <Versions message={message} isBusy={isBusy} onChoose={props.onChoose} />
        {message.content !== "" && <CopyIcon text={message.content} />}
        <IconButton
          icon="retry"
          label={props.with ? say("regenerateWith", { model: props.with }) : say("regenerate")}
          aria-disabled={isBusy || undefined}
          onClick={() => !isBusy && props.onRegenerate()}
        />
        {isBroken && props.isLast && (
          <Button look="quiet" icon="play" onClick={props.onContinue}>
            {say("continue")}
          </Button>
        )}
        {speed && <span className="chat-figures number">{speed}</span>}
      </Actions>
    </>
  );
}

/** Below a reply that is being written: what it waits for, and whether the line is cut. */
function WhileWriting({ live, standing, name, hasBegun }: Writing & { name: string; hasBegun: boolean }) {
  const say = useWords(chatWords);
  return (
    <>
      {!hasBegun && !live.isCut && (
        <div className="chat-waiting">
          {standing?.status === "loading" ? (
            <LoadLine name={name} standing={standing} />
          ) : (
            <>
              <span className="state-pulse" aria-hidden="true" /> {say("thinking")}
            </>
          )}
        </div>
      )}
      {live.isCut && (
        <p className="chat-aside chat-warn" role="status">
          {say("cut")}
        </p>
      )}
    </>
  );
}

/** What was kept of why a reply did not come, as if it had just been said. */
function problemIn(failure: ReplyFailureReply): Problem {
  return new Problem(failure.code, failure.message, 0, failure.hint ?? undefined);
}

/** What I said, and what can be done with it once the server has it. */
export interface Sent {
  readonly message: MessageReplyEntry;
  readonly isBusy: boolean;
  readonly isEditing: boolean;
  readonly onEdit: () => void;
  readonly onCancel: () => void;
  readonly onSave: (text: string) => void;
  readonly onChoose: (messageID: string) => void;
  /** Asks again for the reply that did not come; nothing where there is one. */
  readonly onRetry: (() => void) | undefined;
}

/** What I said: one component also before the server has it, so that it stays as it is drawn. */
export function UserMessage({ text, sent }: { text: string; sent?: Sent }) {
  const say = useWords(chatWords);
  return (
    <article className="chat-message chat-mine" {...(sent ? { id: `message-${sent.message.message_id}`, tabIndex: -1 } : {})}>
      <h2 className="visually-hidden">{say("youSaid")}</h2>
      {sent?.isEditing ? (
        <Edit text={text} onCancel={sent.onCancel} onSave={sent.onSave} />
      ) : (
        <>
          <Said text={text} />
          {sent && <AfterMine {...sent} />}
        </>
      )}
    </article>
  );
}

function AfterMine({ message, isBusy, ...sent }: Sent) {
  const say = useWords(chatWords);
  return (
    <>
      <Actions isLast={false}>
        <Versions message={message} isBusy={isBusy} onChoose={sent.onChoose} />
        <CopyIcon text={message.content} />
        <IconButton icon="edit" label={say("edit")} aria-disabled={isBusy || undefined} onClick={() => !isBusy && sent.onEdit()} />
      </Actions>
      {message.failure && sent.onRetry && (
        <div className="chat-unanswered">
          <ProblemNote problem={problemIn(message.failure)} onRetry={sent.onRetry} />
        </div>
      )}
    </>
  );
}

const LONG = 2_000;

/** My words as I wrote them; long ones folded, files as files. */
const Said = memo(function Said({ text }: { text: string }) {
  const say = useWords(chatWords);
  const [isWhole, setWhole] = useState(false);
  const { text: words, files } = splitAttachments(text);
  const isLong = words.length > LONG && !isWhole;
  return (
    <>
      {words !== "" && (
        <div className="chat-bubble">
          {isLong ? `${words.slice(0, LONG)}…` : words}
          {isLong && (
            <Button look="quiet" onClick={() => setWhole(true)}>
              {say("showMore")}
            </Button>
          )}
        </div>
      )}
      {files.map((file, index) => (
        <details key={index} className="chat-file">
          <summary>
            <Icon name="attach" /> {file.name}
          </summary>
          <pre tabIndex={0} aria-label={say("file", { name: file.name })}>
            {file.text}
          </pre>
        </details>
      ))}
    </>
  );
});

function Edit({ text, onCancel, onSave }: { text: string; onCancel: () => void; onSave: (text: string) => void }) {
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  const [draft, setDraft] = useState(text);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = area.current;
    element?.focus();
    element?.setSelectionRange(text.length, text.length);
  }, []);
  const save = () => draft.trim() !== "" && onSave(draft);
  return (
    <div className="chat-edit">
      <textarea
        ref={area}
        className="input input-area"
        aria-label={say("editLabel")}
        value={draft}
        rows={Math.min(12, Math.max(2, draft.split("\n").length))}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
          else if (event.key === "Enter" && !event.shiftKey && !isComposing(event.nativeEvent)) {
            event.preventDefault();
            save();
          }
        }}
      />
      <p className="field-help">{say("editHelp")}</p>
      <div className="form-actions">
        <Button onClick={onCancel}>{sayUI("cancel")}</Button>
        <Button look="primary" onClick={save}>
          {say("saveEdit")}
        </Button>
      </div>
    </div>
  );
}

/** What can be done with a message: seen over it, in it with the keyboard, and always at the last. */
function Actions({ isLast, children }: { isLast: boolean; children: ReactNode }) {
  return (
    <div className="chat-actions" data-last={isLast}>
      {children}
    </div>
  );
}

function Versions({ message, isBusy, onChoose }: { message: MessageReplyEntry; isBusy: boolean; onChoose: (id: string) => void }) {
  const say = useWords(chatWords);
  const { versions } = message;
  if (versions.length < 2) return null;
  const at = versions.indexOf(message.message_id);
  const step = (by: number) => {
    const other = versions[at + by];
    if (other !== undefined && !isBusy) onChoose(other);
  };
  return (
    <span className="chat-versions">
      <IconButton icon="left" label={say("previous")} aria-disabled={isBusy || at === 0 || undefined} onClick={() => step(-1)} />
      <span className="number" aria-label={say("version", { n: at + 1, count: versions.length })} role="img">
        {at + 1}/{versions.length}
      </span>
      <IconButton
        icon="right"
        label={say("next")}
        aria-disabled={isBusy || at === versions.length - 1 || undefined}
        onClick={() => step(1)}
      />
    </span>
  );
}

function CopyIcon({ text }: { text: string }) {
  const say = useWords(chatWords);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return <IconButton icon={isCopied ? "check" : "copy"} label={isCopied ? say("copied") : say("copyMessage")} onClick={() => void copy()} />;
}
