import type { Heard, Wish } from "./wishes.js";

/** How long a frame may take to hand the line over once it is loaded, in milliseconds. */
const PATIENCE = 5_000;

/** A line to the worker that follows the events for all tabs of the browser. */
export interface Line {
  tell(wish: Wish): void;
  close(): void;
}

/**
 * Asks a hidden frame for the line (door.ts). `hear` takes what the worker says; `fail` is called where no line comes: an address
 * that an update took away, a proxy that forbids frames, a browser that has no shared worker in them.
 */
export function openLine(door: string, hear: (heard: Heard) => void, fail: () => void): Line {
  const frame = document.createElement("iframe");
  const unsaid: Wish[] = [];
  let port: MessagePort | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const take = (event: MessageEvent) => {
    const [handed] = event.ports;
    if (event.origin !== location.origin || event.source !== frame.contentWindow || !handed) return;
    stopWaiting();
    port = handed;
    port.onmessage = ({ data }: MessageEvent<Heard>) => hear(data);
    for (const wish of unsaid) port.postMessage(wish);
  };
  const stopWaiting = () => {
    clearTimeout(timer);
    removeEventListener("message", take);
  };
  const close = () => {
    stopWaiting();
    port?.close();
    frame.remove();
  };

  addEventListener("message", take);
  frame.addEventListener("load", () => {
    if (port) return;
    timer = setTimeout(() => {
      close();
      fail();
    }, PATIENCE);
  });
  // Nobody sees it, hears of it or comes to it by a key.
  frame.hidden = true;
  frame.title = "Luthier: events";
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  frame.src = door;
  document.body.append(frame);

  return {
    tell: (wish) => {
      if (port) port.postMessage(wish);
      else unsaid.push(wish);
    },
    close,
  };
}
