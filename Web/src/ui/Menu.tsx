import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Hint } from "./Hint.js";
import { Icon, type IconName } from "./Icon.js";

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly isChosen?: boolean;
  readonly isDanger?: boolean;
  readonly onSelect: () => void;
}

/** Between a list and its button, and between a list and the edge of the window. */
const GAP = 4;
const EDGE = 8;

/**
 * Puts a list beside its button: below or, where there is no room, above; within the window, and over whatever would cut it.
 */
function place(list: HTMLElement, from: DOMRect, { isUp, isEnd }: { isUp?: boolean; isEnd?: boolean }): void {
  const { offsetWidth: width, offsetHeight: height } = list;
  const hasRoomAbove = from.top - GAP - height >= EDGE;
  const hasRoomBelow = from.bottom + GAP + height + EDGE <= innerHeight;
  const top = hasRoomAbove && (isUp || !hasRoomBelow) ? from.top - GAP - height : from.bottom + GAP;
  const left = isEnd ? from.right - width : from.left;
  list.style.setProperty("top", `${top}px`);
  list.style.setProperty("left", `${Math.max(EDGE, Math.min(left, document.documentElement.clientWidth - width - EDGE))}px`);
}

/** A button that opens a list of actions (WAI-ARIA menu button): arrows move, a letter jumps, Escape closes. */
export function Menu(props: { label: string; children: ReactNode; items: readonly MenuItem[]; className?: string; isUp?: boolean; isEnd?: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const entries = () => [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
  useLayoutEffect(() => {
    const list = root.current?.querySelector<HTMLElement>("[role=menu]");
    if (!isOpen || !list) return;
    const keep = () => button.current && place(list, button.current.getBoundingClientRect(), props);
    keep();
    addEventListener("scroll", keep, true);
    addEventListener("resize", keep);
    return () => {
      removeEventListener("scroll", keep, true);
      removeEventListener("resize", keep);
    };
  }, [isOpen, props.isUp, props.isEnd]);
  useEffect(() => {
    if (!isOpen) return;
    entries()[0]?.focus();
    const close = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("focusin", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("focusin", close);
    };
  }, [isOpen]);
  const onKey = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const go = (index: number) => all[(index + all.length) % all.length]?.focus();
    if (event.key === "Escape") {
      setOpen(false);
      button.current?.focus();
    } else if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(-1);
    else if (event.key.length === 1 && /\S/.test(event.key)) {
      const letter = event.key.toLowerCase();
      const found = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((each) => each.textContent?.trim().toLowerCase().startsWith(letter));
      found?.focus();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="menu" ref={root}>
      <button
        ref={button}
        type="button"
        className={props.className ?? "icon-button"}
        aria-label={props.label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {props.children}
        <Hint text={props.label} />
      </button>
      {isOpen && (
        <div className="menu-list" role="menu" id={id} aria-label={props.label} onKeyDown={onKey}>
          {props.items.map((item) => (
            <button
              key={item.label}
              type="button"
              role={item.isChosen === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={item.isChosen}
              tabIndex={-1}
              className={item.isDanger ? "menu-item menu-danger" : "menu-item"}
              onClick={() => {
                setOpen(false);
                button.current?.focus();
                item.onSelect();
              }}
            >
              <span className="menu-sign">{item.isChosen ? <Icon name="check" /> : item.icon && <Icon name={item.icon} />}</span>
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
