import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { useObservable } from "../api/observable.js";
import { signOut } from "../api/session.js";
import { connection, useHappenings } from "../events/events.js";
import { SearchFrame } from "../features/search/SearchFrame.js";
import { useWords } from "../i18n/words.js";
import { Icon } from "../ui/Icon.js";
import { IconButton } from "../ui/Button.js";
import { Menu } from "../ui/Menu.js";
import { toast } from "../ui/toasts.js";
import { useUser } from "./account.js";
import { useKeptFocus } from "./keptFocus.js";
import { Mark } from "./Mark.js";
import { Preferences } from "./Preferences.js";
import { Link, navigate, usePath } from "./router.js";
import { navigation } from "./routes.js";
import { appWords } from "./words.js";

const KeyMap = lazy(() => import("../features/keys/KeyMap.js"));
const Search = lazy(() => import("../features/search/Search.js"));

/** The frame of every page behind the login: the navigation beside it, or above it on a phone. */
export function Shell({ children, isFull }: { children: ReactNode; isFull: boolean }) {
  const say = useWords(appWords);
  const path = usePath();
  const [isOpen, setOpen] = useState(false);
  const [isSearching, setSearching] = useState(false);
  const [query, setQuery] = useState("");
  const [areKeysShown, setKeysShown] = useState(false);
  const content = useRef<HTMLElement>(null);
  useKeptFocus(content);
  useEffect(() => setOpen(false), [path]);
  // What a pipeline's step tells its user, wherever they are.
  useHappenings(["pipeline.notice"], (happening) => {
    if (happening !== "missed") toast(`${String(happening.fields["name"])}: ${String(happening.fields["message"]).slice(0, 300)}`);
  });
  useEffect(() => {
    const actions: Readonly<Record<string, () => void>> = {
      k: () => setSearching(true),
      "/": () => setKeysShown(true),
      "shift o": () => navigate("/app/chat"),
    };
    const act = (event: KeyboardEvent) => {
      const action = actions[`${event.shiftKey ? "shift " : ""}${event.key.toLowerCase()}`];
      if (!action || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      // Over a dialog there is nothing to go to.
      if (!document.querySelector("dialog[open]")) action();
    };
    addEventListener("keydown", act);
    return () => removeEventListener("keydown", act);
  }, []);
  useEffect(() => {
    if (!isOpen) return;
    const close = (event: KeyboardEvent) => event.key === "Escape" && setOpen(false);
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [isOpen]);
  const search = {
    query,
    onQuery: setQuery,
    onClose: () => {
      setSearching(false);
      setQuery("");
    },
  };
  return (
    <div className={isFull ? "shell shell-full" : "shell"}>
      <a className="skip" href="#content">
        {say("skip")}
      </a>
      <header className="bar">
        <IconButton
          icon={isOpen ? "close" : "menu"}
          label={say("menu")}
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        />
        <Link to="/app" className="brand">
          <Mark />
          Luthier
        </Link>
      </header>
      <aside className="side" id="navigation" aria-label={say("side")} data-open={isOpen}>
        <Link to="/app" className="brand brand-side">
          <Mark />
          Luthier
        </Link>
        <button type="button" className="nav-link nav-search" aria-keyshortcuts="Control+K Meta+K" onClick={() => setSearching(true)}>
          <Icon name="search" />
          <span>{say("search")}</span>
          <kbd aria-hidden="true">Ctrl K</kbd>
        </button>
        <nav className="nav" aria-label={say("main")}>
          {navigation.map((entry) => (
            <Link key={entry.path} to={entry.path} className="nav-link" aria-current={isWithin(path, entry.path) ? "page" : undefined}>
              <Icon name={entry.icon} />
              {say(entry.name)}
            </Link>
          ))}
        </nav>
        <div className="side-foot">
          <AccountMenu onKeys={() => setKeysShown(true)} />
          <Preferences isUp />
        </div>
      </aside>
      {areKeysShown && (
        <Suspense fallback={null}>
          <KeyMap onClose={() => setKeysShown(false)} />
        </Suspense>
      )}
      {isSearching && (
        <Suspense fallback={<SearchFrame {...search} />}>
          <Search {...search} />
        </Suspense>
      )}
      <div className="main">
        <ConnectionBar />
        <main id="content" tabIndex={-1} ref={content}>
          {children}
        </main>
      </div>
    </div>
  );
}

function isWithin(path: string, entry: string): boolean {
  return path === entry || (entry !== "/app" && path.startsWith(`${entry}/`));
}

function AccountMenu({ onKeys }: { onKeys: () => void }) {
  const say = useWords(appWords);
  const user = useUser();
  return (
    <Menu
      label={say("account")}
      className="account-button"
      isUp
      items={[
        { label: say("profile"), icon: "user", onSelect: () => navigate("/app/account") },
        { label: say("keys"), icon: "key", onSelect: () => navigate("/app/account/keys") },
        { label: say("keyboard"), icon: "keyboard", onSelect: onKeys },
        { label: say("docs"), icon: "info", onSelect: () => void open("/docs", "_blank", "noopener") },
        { label: say("signOut"), icon: "logout", onSelect: signOut },
      ]}
    >
      <span className="avatar" aria-hidden="true">
        {(user?.username ?? "·").slice(0, 1).toUpperCase()}
      </span>
      <span className="account-name">{user?.username ?? ""}</span>
    </Menu>
  );
}

/** Says that the server is away, when it has been for a moment: a short cut is nobody's matter. */
function ConnectionBar() {
  const say = useWords(appWords);
  const isAway = useObservable(connection) === "trying";
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!isAway) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), 2_500);
    return () => clearTimeout(timer);
  }, [isAway]);
  return (
    <div role="status" className="connection" hidden={!isShown}>
      {isShown && (
        <>
          <Icon name="warning" /> {say("trying")}
        </>
      )}
    </div>
  );
}
