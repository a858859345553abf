import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { ask, open } from "../../api/client.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Skeleton } from "../../ui/Page.js";
import { save } from "../../ui/save.js";
import { uiWords } from "../../ui/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { CopyButton } from "../../ui/CopyButton.js";
import { findAll, LogText, type Place } from "./LogText.js";
import { useGrowth } from "./LiveFile.js";
import { taskWords } from "./words.js";

/** Characters of a log that are kept in the page; what came before is to be downloaded. */
const KEPT = 12_000_000;

/** A task's log as it grows. It follows while the reader is at its end, and stays where the reader is else. */
export function LogView({ taskID, name, attempt, isGrowing }: { taskID: string; name: string; attempt: number; isGrowing: boolean }) {
  const say = useWords(taskWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const text = useRef(new LogText());
  const offset = useRef<number>();
  const [blocks, setBlocks] = useState<readonly string[]>([]);
  const [isCut, setCut] = useState(false);
  const [isRead, setRead] = useState(false);
  const [isWrapped, setWrapped] = useState(true);
  const [isAtEnd, setAtEnd] = useState(true);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useSearch(blocks, scroller);

  useEffect(() => {
    text.current = new LogText();
    offset.current = undefined;
    setBlocks([]);
    setCut(false);
    setRead(false);
  }, [taskID, attempt]);

  const read = useCallback(
    async (signal: AbortSignal) => {
      const path = { task_id: taskID };
      if (offset.current === undefined) {
        const { size } = await ask("GET /api/tasks/{task_id}/logs", { path, query: { attempt }, signal });
        offset.current = Math.max(0, size - KEPT);
        if (offset.current > 0) setCut(true);
      }
      const reply = await ask("GET /api/tasks/{task_id}/logs", { path, query: { attempt, from: offset.current }, signal });
      setRead(true);
      if (reply.next_offset === offset.current) return false;
      offset.current = reply.next_offset;
      text.current.add(reply.logs);
      setBlocks(text.current.blocks());
      return reply.next_offset < reply.size;
    },
    [taskID, attempt],
  );
  useGrowth(taskID, isGrowing, read);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && isAtEnd) element.scrollTop = element.scrollHeight;
  }, [blocks, isAtEnd, isWrapped]);

  const download = async () => {
    const pieces: string[] = [];
    for (let from = 0; ; ) {
      const answer = await open("GET /api/tasks/{task_id}/logs", { path: { task_id: taskID }, query: { attempt, from } });
      const reply = (await answer.json()) as { logs: string; next_offset: number; size: number };
      pieces.push(reply.logs);
      if (reply.next_offset <= from || reply.next_offset >= reply.size) break;
      from = reply.next_offset;
    }
    save(new Blob(pieces, { type: "text/plain;charset=utf-8" }), `${name}.log`);
  };

  if (text.current.isEmpty) {
    return isRead ? <p className="page-sub">{say(isGrowing ? "noLog" : "emptyLog")}</p> : <Skeleton label={sayUI("loading")} lines={4} />;
  }
  return (
    <div className="log">
      <div className="log-tools">
        <form
          className="log-find"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            search.go(1);
          }}
        >
          <input
            className="input"
            type="search"
            aria-label={say("find")}
            placeholder={say("find")}
            value={search.word}
            onChange={(event) => search.setWord(event.currentTarget.value)}
          />
          {search.word && (
            <>
              <span className="log-found number" role="status">
                {search.count > 0
                  ? say("found", { at: search.at + 1, all: search.count >= 10_000 ? "10000+" : search.count })
                  : say("notFound")}
              </span>
              <IconButton icon="up" label={say("previous")} onClick={() => search.go(-1)} />
              <IconButton icon="down" label={say("next")} onClick={() => search.go(1)} />
            </>
          )}
        </form>
        <label className="log-wrap">
          <input type="checkbox" checked={isWrapped} onChange={(event) => setWrapped(event.currentTarget.checked)} />
          {say("wrap")}
        </label>
        <span className="log-count number">{say("line", { n: format.number(text.current.lineCount) })}</span>
        <CopyButton text={() => text.current.whole()} label={say("copyLog")} />
        <Button look="quiet" icon="download" onClick={() => void download()}>
          {say("download")}
        </Button>
      </div>
      {isCut && <p className="log-cut">{say("earlier")}</p>}
      <div className="log-frame">
        <div
          ref={scroller}
          className={isWrapped ? "log-text log-wrapped" : "log-text"}
          tabIndex={0}
          role="region"
          aria-label={`${say("log")}: ${name}`}
          onScroll={(event) => {
            const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
            setAtEnd(scrollHeight - scrollTop - clientHeight < 24);
          }}
        >
          {blocks.map((block, index) => (
            <Block key={index} text={block} />
          ))}
        </div>
        {!isAtEnd && (
          <Button className="log-end" icon="down" onClick={() => setAtEnd(true)}>
            {say("toEnd")}
          </Button>
        )}
      </div>
    </div>
  );
}

const Block = memo(function Block({ text }: { text: string }) {
  return <pre className="log-block">{text}</pre>;
});

interface Highlights {
  set(name: string, highlight: object): void;
  delete(name: string): void;
}

/** Finds a word in the blocks, marks it, and goes from one to the next. */
function useSearch(blocks: readonly string[], scroller: React.RefObject<HTMLDivElement>) {
  const [word, setWordState] = useState("");
  const [at, setAt] = useState(-1);
  const places = useMemo(() => findAll(blocks, word), [blocks, word]);
  const length = word.length;

  const range = (place: Place): Range | undefined => {
    const node = scroller.current?.children[place.block]?.firstChild;
    if (!node || place.start + length > (node.textContent?.length ?? 0)) return undefined;
    const found = document.createRange();
    found.setStart(node, place.start);
    found.setEnd(node, place.start + length);
    return found;
  };

  useEffect(() => {
    // Marks without changing the text (CSS Custom Highlight API); a browser without it goes there all the same.
    const registry = (CSS as unknown as { highlights?: Highlights }).highlights;
    const Mark = (window as unknown as { Highlight?: new (...ranges: Range[]) => object }).Highlight;
    if (!registry || !Mark) return;
    const near = places.slice(Math.max(0, at - 500), Math.max(0, at) + 500);
    registry.set("log-found", new Mark(...near.flatMap((place) => range(place) ?? [])));
    const current = places[at] && range(places[at] as Place);
    registry.set("log-current", new Mark(...(current ? [current] : [])));
    return () => {
      registry.delete("log-found");
      registry.delete("log-current");
    };
  });

  const show = (index: number) => {
    setAt(index);
    const place = places[index];
    const box = place && range(place);
    const element = scroller.current;
    if (!box || !element) return;
    // Laid out first: a block out of sight has only its room.
    element.children[place.block]?.scrollIntoView({ block: "nearest" });
    requestAnimationFrame(() => {
      element.scrollTop += box.getBoundingClientRect().top - element.getBoundingClientRect().top - element.clientHeight / 2;
    });
  };
  return {
    word,
    at: Math.max(0, Math.min(at, places.length - 1)),
    count: places.length,
    setWord(next: string) {
      setWordState(next);
      setAt(-1);
    },
    go(step: number) {
      if (places.length > 0) show((at + step + places.length) % places.length);
    },
  };
}
