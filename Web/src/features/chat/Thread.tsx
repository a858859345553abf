import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { asProblem } from "../../api/client.js";
import { useObservable } from "../../api/observable.js";
import type { Problem } from "../../api/problem.js";
import type { LoadStatusReply } from "../../api/types.js";
import { navigate } from "../../app/router.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import type { Conversation, Options } from "./conversation.js";
import { Hearing } from "./Hearing.js";
import { Reply, UserMessage } from "./Message.js";
import type { Partner } from "./models.js";
import { chatWords } from "./words.js";

/** Messages shown at once; the earlier ones on demand. */
const PAGE = 50;
/** This near to the end one is at it. */
const NEAR = 60;

/** The chosen branch of a conversation, and the reply that is being written. */
export function Thread(props: {
  talk: Conversation;
  options: () => Options;
  partner: Partner | undefined;
  standing: LoadStatusReply | undefined;
  /** A message to be gone to. */
  wanted: string | null;
}) {
  const { talk, options, partner, wanted } = props;
  const say = useWords(chatWords);
  const { messages = [], live, fault } = useObservable(talk.state);
  const [count, setCount] = useState(PAGE);
  const [editing, setEditing] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const scroll = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(wanted === null);
  const [isAway, setAway] = useState(false);

  const toEnd = useCallback(() => {
    const element = scroll.current;
    if (!element) return;
    isAtEnd.current = true;
    setAway(false);
    element.scrollTop = element.scrollHeight;
  }, []);
  const look = () => {
    const element = scroll.current;
    if (!element) return;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    setAway(!isAtEnd.current);
  };
  // Whatever makes it taller or the room smaller, who is at the end stays there.
  useLayoutEffect(() => {
    const keep = () => isAtEnd.current && toEnd();
    const observer = new ResizeObserver(keep);
    if (content.current) observer.observe(content.current);
    if (scroll.current) observer.observe(scroll.current);
    keep();
    return () => observer.disconnect();
  }, [toEnd]);
  const isLive = live !== undefined;
  useEffect(() => {
    if (isLive && live.question !== undefined) toEnd();
    // Only when a reply begins.
  }, [isLive]);

  // A message that was searched for: its branch is chosen, and it is brought into view.
  const soughtFor = useRef<string>();
  useEffect(() => {
    if (wanted === null || messages.length === 0 || soughtFor.current === wanted) return;
    soughtFor.current = wanted;
    const show = async () => {
      let index = messages.findIndex((each) => each.message_id === wanted);
      if (index < 0) {
        await talk.choose(wanted);
        index = talk.state.get().messages?.findIndex((each) => each.message_id === wanted) ?? -1;
      }
      if (index < 0) return;
      isAtEnd.current = false;
      const total = talk.state.get().messages?.length ?? 0;
      setCount((old) => Math.max(old, total - index + 2));
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          const found = document.getElementById(`message-${wanted}`);
          found?.scrollIntoView({ block: "center" });
          found?.classList.add("chat-sought");
          found?.focus({ preventScroll: true });
        }),
      );
    };
    show().catch((error: unknown) => setProblem(asProblem(error)));
  }, [wanted, messages, talk]);

  const choose = (messageID: string) => {
    setProblem(undefined);
    isAtEnd.current = false;
    talk.choose(messageID).catch((error: unknown) => setProblem(asProblem(error)));
  };
  const earlier = () => {
    const element = scroll.current;
    const before = element ? element.scrollHeight - element.scrollTop : 0;
    setCount((old) => old + PAGE);
    requestAnimationFrame(() => {
      if (element) element.scrollTop = element.scrollHeight - before;
    });
  };

  const from = Math.max(0, messages.length - count);
  const lastIndex = messages.length - 1;
  const heard = !fault && messages[lastIndex]?.role === "assistant" && !messages[lastIndex]?.failure ? messages[lastIndex]?.content : undefined;
  // The message itself says why it failed, also to who comes later.
  const shown = messages[lastIndex]?.failure ? problem : (fault ?? problem);
  const nameOf = (model: string | null | undefined) => model || say("model");
  const entries = messages.slice(from).map((message, offset) => {
    const index = from + offset;
    return message.role === "assistant" ? (
      <Reply
        key={index}
        name={nameOf(message.model)}
        reply={{
          message,
          figures: talk.figures.get(message.message_id),
          isBusy: isLive,
          isLast: index === lastIndex && !isLive,
          with: partner?.name,
          onRegenerate: () => talk.regenerate(message.message_id, options()),
          onContinue: () => talk.send(say("continueMessage"), options()),
          onChoose: choose,
        }}
      />
    ) : (
      <UserMessage
        key={index}
        text={message.content}
        sent={{
          message,
          isBusy: isLive,
          isEditing: editing === message.message_id,
          onEdit: () => setEditing(message.message_id),
          onCancel: () => setEditing(undefined),
          onSave: (text) => {
            setEditing(undefined);
            talk.send(text, options(), message.message_id);
          },
          onChoose: choose,
          onRetry: index === lastIndex && !isLive ? () => talk.retry(options()) : undefined,
        }}
      />
    );
  });
  // In the same list and by the number it will have: when it ends, nothing of it is drawn anew.
  if (live?.question !== undefined) entries.push(<UserMessage key={messages.length} text={live.question} />);
  if (live) {
    const name = partner && live.model === (partner.id || undefined) ? partner.name : nameOf(live.model);
    const key = messages.length + (live.question === undefined ? 0 : 1);
    entries.push(<Reply key={key} name={name} reply={{ talk, live, standing: props.standing }} />);
  }
  return (
    <div className="chat-thread">
      <div className="chat-scroll" ref={scroll} onScroll={look} tabIndex={0} role="log" aria-live="off" aria-label={say("messages")}>
        <div className="chat-column chat-messages" ref={content}>
          {from > 0 && (
            <Button look="quiet" icon="up" onClick={earlier}>
              {say("earlierMessages")}
            </Button>
          )}
          {entries}
          {shown && <ProblemNote problem={shown} {...(shown === fault && lastIndex >= 0 ? { onRetry: () => talk.retry(options()) } : {})} />}
        </div>
      </div>
      {isAway && (
        <div className="chat-to-end">
          <IconButton
            icon="down"
            label={say("toEnd")}
            onClick={() => {
              if (wanted !== null) navigate(location.pathname, { replace: true });
              toEnd();
            }}
          />
        </div>
      )}
      <Hearing talk={talk} isLive={isLive} reply={heard} />
    </div>
  );
}
