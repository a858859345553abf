import { useEffect, useRef } from "react";
import { observable } from "../api/observable.js";
import { dropToken, session } from "../api/session.js";
import { Follower, type Happening, type News } from "./follower.js";
import { openLine, type Line } from "./line.js";

/** Whether the page hears the server. */
export const connection = observable<"off" | "live" | "trying">("off");

type Listener = (happening: Happening | "missed") => void;
const listeners = new Set<Listener>();

let line: Line | undefined;
/** Whether no line to the worker could be had. */
let isAlone = false;
let follower: Follower | undefined;
let wasLive = false;

function hear(token: string, news: News): void {
  if (session.get()?.token !== token) return;
  switch (news.type) {
    case "happened":
      for (const listener of [...listeners]) listener(news.happening);
      return;
    case "live":
      connection.set("live");
      // What was missed is replayed after a cut. Where it cannot be lists are read again, and at first: they were read before
      // anybody listened, and what came in between nobody told.
      if (news.isReset || !wasLive) for (const listener of [...listeners]) listener("missed");
      wasLive = true;
      return;
    case "trying":
      connection.set("trying");
      return;
    case "refused":
      dropToken(token);
  }
}

function follow(token: string | undefined): void {
  follower?.stop();
  follower = undefined;
  wasLive = false;
  if (token === undefined) {
    connection.set("off");
    line?.tell({ type: "bye" });
    line?.close();
    line = undefined;
    return;
  }
  const door = document.querySelector<HTMLMetaElement>('meta[name="events-door"]')?.content;
  if (door && typeof SharedWorker === "function" && !isAlone) {
    line ??= openLine(door, ({ token: whose, news }) => hear(whose, news), goAlone);
    line.tell({ type: "follow", token });
  } else {
    follower = new Follower(token, (news) => hear(token, news));
  }
}

/** Where no line to the worker comes: a stream of this tab's own. */
function goAlone(): void {
  isAlone = true;
  line = undefined;
  follow(session.get()?.token);
}

/** Follows whoever is signed in. Called once. */
export function startEvents(): void {
  follow(session.get()?.token);
  session.subscribe(() => follow(session.get()?.token));
  setInterval(() => line?.tell({ type: "here" }), 20_000);
  addEventListener("pagehide", () => line?.tell({ type: "bye" }));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) follow(session.get()?.token);
  });
}

/** Calls back for each event of these kinds, and with "missed" where lists have to be read again. */
export function useHappenings(kinds: readonly string[], listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  const key = kinds.join();
  useEffect(() => {
    const wanted = new Set(key.split(","));
    const each: Listener = (happening) => {
      if (happening === "missed" || wanted.has(happening.kind)) latest.current(happening);
    };
    listeners.add(each);
    return () => {
      listeners.delete(each);
    };
  }, [key]);
}
