import { forwardRef, useImperativeHandle, useLayoutEffect, useRef, type TextareaHTMLAttributes } from "react";
import { Hint } from "../../ui/Hint.js";
import { Icon } from "../../ui/Icon.js";
import { isComposing } from "./text.js";

type Attributes = Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "value" | "onChange" | "onKeyDown" | "rows">;

interface Props extends Attributes {
  readonly value: string;
  readonly onWrite: (text: string) => void;
  /** Enter, but for the one that chooses a word as it is composed, and for a new line by Shift. */
  readonly onSend: () => void;
  /** Escape, but for the one that leaves a word as it is composed. */
  readonly onEscape?: (() => void) | undefined;
}

/** Where one writes to a model: as tall as what is written, up to what the style allows. */
export const WritingArea = forwardRef<HTMLTextAreaElement, Props>(function WritingArea({ value, onWrite, onSend, onEscape, ...attributes }, handle) {
  const area = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(handle, () => area.current as HTMLTextAreaElement);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.setProperty("block-size", "auto");
    element.style.setProperty("block-size", `${element.scrollHeight}px`);
  }, [value]);
  return (
    <textarea
      ref={area}
      rows={1}
      value={value}
      onChange={(event) => onWrite(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (isComposing(event.nativeEvent)) return;
        if (event.key === "Escape") onEscape?.();
        if (event.key !== "Enter" || event.shiftKey) return;
        event.preventDefault();
        onSend();
      }}
      {...attributes}
    />
  );
});

/** Sends what is written; in its place, while a reply is written, what ends that. */
export function SendButton(props: {
  isLive: boolean;
  canSend: boolean;
  words: { readonly send: string; readonly stop: string };
  onSend: () => void;
  onStop: () => void;
  className?: string;
}) {
  const { isLive, words } = props;
  const label = isLive ? words.stop : words.send;
  return (
    <button
      key={label}
      type="button"
      className={props.className ? `chat-send ${props.className}` : "chat-send"}
      aria-label={label}
      aria-disabled={(!isLive && !props.canSend) || undefined}
      onClick={isLive ? props.onStop : props.onSend}
    >
      <Icon name={isLive ? "stop" : "send"} />
      <Hint text={label} />
    </button>
  );
}
