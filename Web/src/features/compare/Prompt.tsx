import { forwardRef, useState, type ForwardedRef } from "react";
import { useObservable } from "../../api/observable.js";
import { useWords } from "../../i18n/words.js";
import { Checkbox } from "../../ui/Field.js";
import { SettingsButton } from "../chat/SettingsDialog.js";
import { SendButton, WritingArea } from "../chat/WritingArea.js";
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
        <WritingArea
          ref={ref}
          maxLength={200_000}
          aria-label={say("question")}
          placeholder={say(hasBegun ? "followUp" : "placeholder")}
          value={text}
          onWrite={setText}
          onSend={send}
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
          <SendButton
            className="compare-send"
            isLive={isLive}
            canSend={canSend}
            words={{ send: say("send"), stop: say("stopAll") }}
            onSend={send}
            onStop={() => compared.stop()}
          />
        </div>
      </div>
      <p className="compare-keys">{say("keys", { n: columns.length })}</p>
    </div>
  );
});
