import { observable, useObservable } from "../api/observable.js";
import { useWords } from "../i18n/words.js";
import { IconButton } from "./Button.js";
import { uiWords } from "./words.js";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

const toasts = observable<readonly Toast[]>([]);
let next = 0;

/** Says in passing that something is done. What went wrong is better said where it went wrong. */
export function toast(text: string, options: { isBad?: boolean } = {}): void {
  const id = next++;
  toasts.set([...toasts.get().slice(-3), { id, text, isBad: options.isBad === true }]);
  // What went wrong stays until it is dismissed.
  if (!options.isBad) setTimeout(() => dismiss(id), 5_000);
}

function dismiss(id: number): void {
  toasts.set(toasts.get().filter((each) => each.id !== id));
}

export function Toasts() {
  const say = useWords(uiWords);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {useObservable(toasts).map((each) => (
        <div key={each.id} className={each.isBad ? "toast toast-bad" : "toast"}>
          <span>{each.text}</span>
          <IconButton icon="close" label={say("dismiss")} onClick={() => dismiss(each.id)} />
        </div>
      ))}
    </div>
  );
}
