/// <reference lib="webworker" />
import { Follower, type News } from "./follower.js";
import type { Heard, Wish } from "./wishes.js";

// One stream for all tabs of a browser: over HTTP/1.1 a browser opens six connections to a server, and the seventh tab would
// not load.

declare const self: SharedWorkerGlobalScope;

interface Tab {
  readonly port: MessagePort;
  token?: string;
  heard: number;
}

const tabs = new Set<Tab>();
const followers = new Map<string, Follower>();

/** A hidden tab's timers run once a minute. */
const SILENCE = 180_000;

function say(tab: Tab, heard: Heard): void {
  tab.port.postMessage(heard);
}

function follow(tab: Tab, token: string): void {
  tab.token = token;
  const follower = followers.get(token);
  if (follower) {
    say(tab, { token, news: follower.last });
    return;
  }
  followers.set(
    token,
    new Follower(token, (news: News) => {
      for (const each of tabs) if (each.token === token) say(each, { token, news });
      if (news.type === "refused") followers.delete(token);
    }),
  );
}

function sweep(): void {
  const used = new Set([...tabs].map((tab) => tab.token));
  for (const [token, follower] of followers) {
    if (used.has(token)) continue;
    follower.stop();
    followers.delete(token);
  }
}

self.onconnect = (event) => {
  const port = event.ports[0] as MessagePort;
  const tab: Tab = { port, heard: Date.now() };
  tabs.add(tab);
  port.onmessage = ({ data }: MessageEvent<Wish>) => {
    tab.heard = Date.now();
    // Who said good-bye may come back: a page that the browser kept for its button "Back".
    if (data.type === "bye") tabs.delete(tab);
    else tabs.add(tab);
    if (data.type === "follow") follow(tab, data.token);
    sweep();
  };
};

setInterval(() => {
  for (const tab of tabs) if (Date.now() - tab.heard > SILENCE) tabs.delete(tab);
  sweep();
}, 30_000);
