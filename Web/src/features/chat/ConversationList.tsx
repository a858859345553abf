import { useEffect, useRef, useState, type ReactNode } from "react";
import { ask, asProblem } from "../../api/client.js";
import { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ConversationReply } from "../../api/types.js";
import { Link } from "../../app/router.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink, IconButton } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { Menu } from "../../ui/Menu.js";
import { Modal } from "../../ui/Modal.js";
import { Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { changedConversations } from "./changes.js";
import { ConversationMenu } from "./ConversationMenu.js";
import type { Conversations } from "./conversations.js";
import { saveAnswer } from "./files.js";
import { grouped } from "./text.js";
import { chatWords } from "./words.js";

const NARROW = "(max-width: 1000px)";

/** Whether the list has no room beside the talk. */
export function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const changed = () => setNarrow(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, []);
  return isNarrow;
}

/** The list over the talk, where there is no room beside it. */
export function Drawer({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  const say = useWords(chatWords);
  return (
    <Modal className="chat-drawer" aria-label={say("conversations")} onClose={onClose}>
      {children}
    </Modal>
  );
}

interface Props {
  readonly list: Conversations;
  readonly chosen: string | undefined;
  /** Something was chosen. */
  readonly onLeave: () => void;
}

/** The conversations: found, made, and put in order. */
export function SidePanel({ list, chosen, onLeave }: Props) {
  const say = useWords(chatWords);
  const [query, setQuery] = useState("");
  return (
    <aside className="chat-side" aria-label={say("conversations")}>
      <div className="chat-side-head">
        <ButtonLink to="/app/chat" icon="plus">
          {say("newChat")}
        </ButtonLink>
        <Files onChange={list.reload} />
      </div>
      <div className="chat-find">
        <Icon name="search" />
        <input
          className="input"
          type="search"
          aria-label={say("find")}
          placeholder={say("find")}
          value={query}
          maxLength={200}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      </div>
      {query.trim() ? <Found query={query.trim()} onLeave={onLeave} /> : <List list={list} chosen={chosen} onLeave={onLeave} />}
      {!query.trim() && (
        <Button look="quiet" icon="archive" className="chat-archive" onClick={() => list.showArchive(!list.isArchive)}>
          {list.isArchive ? say("showActive") : say("showArchive")}
        </Button>
      )}
    </aside>
  );
}

function List({ list, chosen, onLeave }: Props) {
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  if (list.problem) return <ProblemNote problem={list.problem} onRetry={list.reload} />;
  if (!list.all) return <Skeleton label={sayUI("loading")} lines={5} />;
  if (list.all.length === 0) return <p className="chat-none">{list.isArchive ? say("noneArchived") : say("none")}</p>;
  const groups = grouped(list.all);
  return (
    <nav className="chat-list" aria-label={list.isArchive ? say("archive") : say("conversations")}>
      {(["pinned", "today", "earlier"] as const).map(
        (group) =>
          groups[group].length > 0 && (
            <div key={group}>
              <h2>{say(group)}</h2>
              <ul>
                {groups[group].map((entry) => (
                  <Entry key={entry.session_id} entry={entry} isChosen={entry.session_id === chosen} onChange={list.reload} onLeave={onLeave} />
                ))}
              </ul>
            </div>
          ),
      )}
      {list.hasMore && (
        <Button look="quiet" icon="down" onClick={list.more}>
          {say("moreConversations")}
        </Button>
      )}
    </nav>
  );
}

function Entry(props: { entry: ConversationReply; isChosen: boolean; onChange: () => void; onLeave: () => void }) {
  const { entry, isChosen } = props;
  return (
    <li className="chat-entry" data-chosen={isChosen}>
      <Link
        to={`/app/chat/${entry.session_id}`}
        aria-current={isChosen ? "page" : undefined}
        title={entry.title}
        onClick={props.onLeave}
      >
        <span className="chat-entry-title">{entry.title}</span>
        {entry.tags.length > 0 && <span className="chat-entry-tags">{entry.tags.map((tag) => `#${tag}`).join(" ")}</span>}
      </Link>
      <ConversationMenu entry={entry} onChange={props.onChange} isChosen={isChosen} />
    </li>
  );
}

/** Messages that have the words. */
function Found({ query, onLeave }: { query: string; onLeave: () => void }) {
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const settled = useSettled(query);
  const found = useResource("GET /conversations/search", { query: { q: settled, limit: 50 } });
  const results = found.data?.results;
  return (
    <div className="chat-list" role="region" aria-label={say("find")}>
      <p className="chat-none" role="status">
        {results && settled === query ? (results.length > 0 ? say("found", { n: results.length }) : say("nothingFound")) : sayUI("loading")}
      </p>
      {found.problem && !results && <ProblemNote problem={found.problem} />}
      <ul>
        {results?.map((each) => (
          <li key={each.message_id} className="chat-entry">
            <Link
              className="chat-found"
              to={`/app/chat/${each.session_id}?message=${encodeURIComponent(each.message_id)}`}
              onClick={onLeave}
            >
              <span className="chat-entry-title">{each.title}</span>
              <span className="chat-excerpt">
                {each.role === "user" ? `${say("you")}: ` : ""}
                {each.excerpt}
              </span>
              <time dateTime={each.created_at}>{format.ago(each.created_at)}</time>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A value once it has stood for a moment. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 200);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** All conversations out as a file, and others in. */
function Files({ onChange }: { onChange: () => void }) {
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  const input = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<Problem>();
  const take = async (file: File) => {
    setProblem(undefined);
    try {
      const body = new FormData();
      body.set("file", file);
      const { imported, skipped } = await ask("POST /conversations/import", { body });
      toast(say("imported", { n: imported, skipped }));
    } catch (error) {
      setProblem(asProblem(error));
    }
    // What came before a broken one is kept.
    onChange();
    changedConversations();
  };
  return (
    <>
      <Menu
        label={sayUI("more")}
        items={[
          { label: say("import"), icon: "upload", onSelect: () => input.current?.click() },
          {
            label: say("exportAll"),
            icon: "download",
            onSelect: () => void saveAnswer("GET /conversations/export", {}, "conversations.json").catch((error) => setProblem(asProblem(error))),
          },
        ]}
      >
        <Icon name="more" />
      </Menu>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label={say("import")}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) void take(file);
        }}
      />
      {problem && (
        <div className="chat-files-problem">
          <ProblemNote problem={problem} />
          <IconButton icon="close" label={sayUI("dismiss")} onClick={() => setProblem(undefined)} />
        </div>
      )}
    </>
  );
}

