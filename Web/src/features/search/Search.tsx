import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useResource } from "../../api/resource.js";
import { navigate } from "../../app/router.js";
import { navigation } from "../../app/routes.js";
import { appWords } from "../../app/words.js";
import { useWords } from "../../i18n/words.js";
import { Icon, type IconName } from "../../ui/Icon.js";
import { useModelName } from "../models/names.js";
import { isRewardModel } from "../models/purpose.js";
import { SearchFrame } from "./SearchFrame.js";
import "./search.css";
import { searchWords } from "./words.js";

interface Hit {
  readonly key: string;
  readonly group: "pages" | "conversations" | "tasks" | "models";
  readonly icon: IconName;
  readonly name: string;
  readonly sub?: string;
  readonly to: string;
}

const MOST = 6;

/** Finds what is the reader's, wherever on the page one is: the arrows choose, Enter goes there. `query` may have been begun before it came. */
export default function Search({ query, onQuery, onClose }: { query: string; onQuery: (query: string) => void; onClose: () => void }) {
  const say = useWords(searchWords);
  const sayApp = useWords(appWords);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [settled, setSettled] = useState("");
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query.trim()), 150);
    return () => clearTimeout(timer);
  }, [query]);
  const messages = useResource("GET /conversations/search", settled ? { query: { q: settled, limit: MOST } } : undefined);
  const conversations = useResource("GET /conversations", { query: { limit: 100 } });
  const tasks = useResource("GET /api/tasks", { query: { limit: 100 } });
  const models = useResource("GET /api/models", {});
  const nameOf = useModelName();

  const hits = useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text: string) => words.every((word) => text.toLowerCase().includes(word));
    const pages: Hit[] = [
      { key: "new-chat", group: "pages" as const, icon: "plus" as const, name: say("newChat"), to: "/app/chat" },
      { key: "new-task", group: "pages" as const, icon: "plus" as const, name: say("newTask"), to: "/app/tasks/new" },
      ...navigation.map((each) => ({ key: each.path, group: "pages" as const, icon: each.icon, name: sayApp(each.name), to: each.path })),
    ].filter((each) => fits(each.name));
    const titled = (conversations.data?.conversations ?? []).filter((each) => fits(each.title)).slice(0, MOST);
    const known = new Set(titled.map((each) => each.session_id));
    const talks: Hit[] = [
      ...titled.map((each) => ({
        key: each.session_id,
        group: "conversations" as const,
        icon: "chat" as const,
        name: each.title,
        to: `/app/chat/${each.session_id}`,
      })),
      ...(words.length > 0 ? (messages.data?.results ?? []) : [])
        .filter((each) => !known.has(each.session_id))
        .map((each) => ({
          key: each.message_id,
          group: "conversations" as const,
          icon: "chat" as const,
          name: each.title,
          sub: each.excerpt,
          to: `/app/chat/${each.session_id}?message=${encodeURIComponent(each.message_id)}`,
        })),
    ];
    const work: Hit[] = (tasks.data?.tasks ?? [])
      .filter((each) => fits(each.name))
      .slice(0, MOST)
      .map((each) => ({ key: each.task_id, group: "tasks", icon: "tasks", name: each.name, to: `/app/tasks/${each.task_id}` }));
    const partners: Hit[] = (models.data?.models ?? [])
      .filter((each) => fits(each.type === "external" ? nameOf(each.name) : each.name) && each.status !== "failed" && !isRewardModel(each))
      .slice(0, MOST)
      .map((each) => ({
        key: `model ${each.name}`,
        group: "models",
        icon: "models",
        name: say("chatWith", { name: each.type === "external" ? nameOf(each.name) : each.name }),
        to: `/app/chat?model=${encodeURIComponent(each.model_id ?? each.name)}`,
      }));
    return words.length === 0 ? [...pages, ...talks.slice(0, MOST)] : [...talks, ...work, ...partners, ...pages];
  }, [query, messages.data, conversations.data, tasks.data, models.data, nameOf, say, sayApp]);

  const active = hits[Math.min(at, hits.length - 1)];
  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active?.key]);
  const go = (hit: Hit) => {
    onClose();
    navigate(hit.to);
  };
  const onKey = (event: KeyboardEvent) => {
    const last = hits.length - 1;
    if (event.key === "ArrowDown") setAt(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp") setAt(at <= 0 ? last : Math.min(at, last) - 1);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing && event.keyCode !== 229) {
      if (active) go(active);
    } else return;
    event.preventDefault();
  };
  return (
    <SearchFrame
      query={query}
      onQuery={(typed) => {
        onQuery(typed);
        setAt(0);
      }}
      onClose={onClose}
      field={{
        role: "combobox",
        "aria-expanded": "true",
        "aria-controls": `${id}-list`,
        "aria-activedescendant": active && `${id}-${hits.indexOf(active)}`,
        onKeyDown: onKey,
      }}
    >
      <div ref={list} className="search-list" role="listbox" id={`${id}-list`} aria-label={say("search")} tabIndex={-1}>
        {(query.trim() ? (["conversations", "tasks", "models", "pages"] as const) : (["pages", "conversations"] as const)).map((group) => {
          const all = hits.filter((each) => each.group === group);
          return (
            all.length > 0 && (
              <div key={group} role="group" aria-label={say(group)}>
                <div className="search-group" aria-hidden="true">
                  {say(group)}
                </div>
                {all.map((each) => (
                  <div
                    key={each.key}
                    id={`${id}-${hits.indexOf(each)}`}
                    role="option"
                    aria-selected={each === active}
                    data-active={each === active}
                    className="search-hit"
                    onClick={() => go(each)}
                    onMouseMove={() => setAt(hits.indexOf(each))}
                  >
                    <Icon name={each.icon} />
                    <span>
                      <span className="search-name">{each.name}</span>
                      {each.sub && <span className="search-sub">{each.sub}</span>}
                    </span>
                  </div>
                ))}
              </div>
            )
          );
        })}
      </div>
      <p className={hits.length === 0 ? "search-none" : "visually-hidden"} role="status">
        {hits.length === 0 ? say("nothing") : say("found", { n: hits.length })}
      </p>
    </SearchFrame>
  );
}
