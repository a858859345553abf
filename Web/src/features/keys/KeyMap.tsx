import { useWords } from "../../i18n/words.js";
import { Dialog } from "../../ui/Dialog.js";
import "./keys.css";
import { keyWords } from "./words.js";

type Word = Exclude<keyof (typeof keyWords)["en"], "title" | "letter">;

/** The key that goes with others for what the whole page does. */
const MAIN = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

/** What the keys do, by where. */
const MAP: readonly (readonly [Word, readonly (readonly [readonly string[], Word])[]])[] = [
  ["everywhere", [[[MAIN, "K"], "search"], [[MAIN, "/"], "keys"], [[MAIN, "Shift", "O"], "newChat"], [["Esc"], "close"]]],
  ["chat", [[["Enter"], "send"], [["Shift", "Enter"], "line"], [["Esc"], "stop"]]],
  ["compare", [[["Enter"], "ask"], [["1", "2", "3", "4"], "vote"]]],
  ["curves", [[["←", "→"], "cursor"], [["Home", "End"], "ends"], [["+", "-"], "zoom"]]],
  ["menus", [[["↑", "↓"], "move"], [["letter"], "jump"]]],
];

/** Every key that does something. */
export default function KeyMap({ onClose }: { onClose: () => void }) {
  const say = useWords(keyWords);
  return (
    <Dialog title={say("title")} isWide onClose={onClose}>
      <div className="keys">
        {MAP.map(([where, entries]) => (
          <section key={where} className="keys-part">
            <h3>{say(where)}</h3>
            <dl>
              {entries.map(([keys, what]) => (
                <div key={what}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key === "letter" ? say("letter") : key}</kbd>
                    ))}
                  </dt>
                  <dd>{say(what)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
