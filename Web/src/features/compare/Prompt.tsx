import { forwardRef, useLayoutEffect, useRef, useState, type ForwardedRef } from "react";
import { useObservable } from "../../api/observable.js";
import { useWords } from "../../i18n/words.js";
import { Checkbox } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { SettingsButton } from "../chat/SettingsDialog.js";
import { isComposing } from "../chat/text.js";
import type { Comparison } from "./comparison.js";
import { compareWords } from "./words.js";

/** Where one asks all of them. */
export const Prompt = forwardRef(function Prompt(
  props: { compared: Comparison; isLive: boolean; standard: number | undefined; onSend: (text: string) => void },
  ref: ForwardedRef<HTMLTextAreaElement>,
) {
  const { compared, isLive } = props;
  const say = useWords(compareWords);
  const { columns, turns, settings, isBlind, isHidden } = useObservable(compared.state);
  const [text, setText] = useState("");
  const area = useRef<HTMLTextAreaElement | null>(null);
  // As tall as what is written, up to what the style allows.
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.setProperty("block-size", "auto");
    element.style.setProperty("block-size", `${element.scrollHeight}px`);
  }, [text]);
  const canSend = !isLive && text.trim() !== "";
  const send = () => {
    if (!canSend) return;
    props.onSend(text);
    setText("");
  };
  const hasBegun = turns.length > 0;
  return (
    <div className="compare-foot">
      <div className="compare-composer chat-composer">
        <textarea
          ref={(element) => {
            area.current = element;
            if (typeof ref === "function") ref(element);
            else if (ref) ref.current = element;
          }}
          rows={1}
          maxLength={200_000}
          aria-label={say("question")}
          placeholder={say(hasBegun ? "followUp" : "placeholder")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || isComposing(event.nativeEvent)) return;
            event.preventDefault();
            send();
          }}
        />
        <div className="chat-tools">
          <SettingsButton
            settings={settings}
            standard={props.standard}
            onSave={async (choice) => compared.change({ settings: choice })}
          />
          {hasBegun ? (
            isHidden && (
              <span className="compare-hidden">
                {say("blindNow", {
                  models: columns
                    .map((each) => each.name)
                    .sort()
                    .join(", "),
                })}
              </span>
            )
          ) : (
            <span title={say("blindHelp")}>
              <Checkbox label={say("blind")} checked={isBlind} onChange={(event) => compared.change({ isBlind: event.currentTarget.checked })} />
            </span>
          )}
          {isLive ? (
            <button type="button" className="chat-send compare-send" aria-label={say("stopAll")} title={say("stopAll")} onClick={() => compared.stop()}>
              <Icon name="stop" />
            </button>
          ) : (
            <button
              type="button"
              className="chat-send compare-send"
              aria-label={say("send")}
              title={say("send")}
              aria-disabled={!canSend || undefined}
              onClick={send}
            >
              <Icon name="send" />
            </button>
          )}
        </div>
      </div>
      <p className="compare-keys">{say("keys", { n: columns.length })}</p>
    </div>
  );
});
