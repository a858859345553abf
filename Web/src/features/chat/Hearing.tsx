import { useEffect, useMemo, useRef, useState } from "react";
import { useObservable } from "../../api/observable.js";
import { useWords } from "../../i18n/words.js";
import { spoken } from "../../markdown/spoken.js";
import type { Conversation } from "./conversation.js";
import { chatWords } from "./words.js";

/** Tells a reply to who hears the page: sentence by sentence as each ends, not token by token, and that it has ended. */
export function Hearing({ talk, isLive, reply }: { talk: Conversation; isLive: boolean; reply: string | undefined }) {
  const say = useWords(chatWords);
  const text = useObservable(talk.text);
  const words = useMemo(() => ({ code: (lines: number) => say("codeLines", { n: lines }) }), [say]);
  const heard = useRef(0);
  const wasLive = useRef(isLive);
  const [news, setNews] = useState("");
  useEffect(() => {
    if (!isLive) return;
    const { said, upTo } = spoken(text, Math.min(heard.current, text.length), false, words);
    heard.current = upTo;
    if (said !== "") setNews(said);
  }, [text, isLive, words]);
  useEffect(() => {
    if (isLive) {
      heard.current = 0;
      setNews("");
    } else if (wasLive.current && reply !== undefined) {
      const { said } = spoken(reply, Math.min(heard.current, reply.length), true, words);
      setNews([said, say("finished")].filter(Boolean).join(" "));
    }
    wasLive.current = isLive;
    // Only when a reply begins or ends.
  }, [isLive]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {news}
    </div>
  );
}
