import { useEffect, useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

const listeners = new Set<() => void>();
let blocker: (() => boolean) | undefined;
/** Whether a page was come to from another: then its heading takes the focus. */
let hasNavigated = false;

function changed(): void {
  for (const listener of [...listeners]) listener();
}

addEventListener("popstate", () => {
  hasNavigated = true;
  changed();
});

/** Goes to a path of this page. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (blocker && !blocker()) return;
  hasNavigated = true;
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  changed();
  if (!options.replace) scrollTo(0, 0);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePath(): string {
  const path = () => location.pathname;
  return useSyncExternalStore(subscribe, path, path);
}

/** The query of the address. */
export function useQuery(): URLSearchParams {
  const read = () => location.search;
  const search = useSyncExternalStore(subscribe, read, read);
  return useMemo(() => new URLSearchParams(search), [search]);
}

export function isNavigated(): boolean {
  return hasNavigated;
}

/** Asks `mayLeave` before this page is left for another, and the browser before it is closed. */
export function useLeaveCheck(mayLeave: (() => boolean) | undefined): void {
  useEffect(() => {
    if (!mayLeave) return;
    blocker = mayLeave;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => {
      blocker = undefined;
      removeEventListener("beforeunload", warn);
    };
  }, [mayLeave]);
}

/** The names in a pattern such as `/app/tasks/:id`, or nothing where the path is another. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.replace(/\/+$/, "").split("/");
  if (wanted.length !== given.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] as string;
    if (part.startsWith(":")) {
      try {
        names[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return undefined;
      }
    } else if (part !== value) {
      return undefined;
    }
  }
  return names;
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { readonly to: string };

/** A link within the page; with a key held it opens a tab, as links do. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={to} onClick={follow} {...rest} />;
}
