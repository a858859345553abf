import { test } from "node:test";
import assert from "node:assert/strict";

// The language is read from the browser as it is asked for; here there is none.
globalThis.document ??= { documentElement: { lang: "en" } };
globalThis.localStorage = { getItem: () => null, setItem: () => undefined };
const { fill, formatOf, isEnding, taskState, unbroken } = await import("../.test/words.mjs");
const NO_BREAK = "\u00a0";
const en = formatOf("en");
const zh = formatOf("zh");

test("names are filled in, and a value is never read as a pattern", () => {
  assert.equal(fill("{a} of {b}", { a: "{b}", b: "$&" }), "{b} of $&");
  assert.equal(fill("{missing}!"), "!");
  assert.equal(fill("no names"), "no names");
});

test("one thing and many", () => {
  const text = "{n|# row|# rows}";
  assert.deepEqual([0, 1, 2].map((n) => fill(text, { n })), ["0 rows", "1 row", "2 rows"]);
  assert.equal(fill(text, { n: "1,200" }), "1,200 rows");
  assert.equal(fill(text, { n: "1" }), "1 row");
});

test("sizes have a unit that fits, and never four digits", () => {
  assert.deepEqual([0, 999, 1000, 1500, 10_000, 999_499, 999_600, 2_127_951, 5e15].map(en.bytes), [
    "0 B", "999 B", "1 KB", "1.5 KB", "10 KB", "999 KB", "1 MB", "2.1 MB", "5,000 TB",
  ].map((text) => text.replace(" ", NO_BREAK)));
});

test("durations have at most two units", () => {
  assert.deepEqual([0, 0.4, 59.6, 61, 3600, 3_661, 90_061].map(en.duration), ["0 s", "0 s", "1 min", "1 min 1 s", "1 h", "1 h 1 min", "1 d 1 h"].map((text) => text.replace(/(\d) /g, `$1${NO_BREAK}`)));
  assert.deepEqual([0, 75, 3_700].map(zh.duration), ["0秒", "1分15秒", "1小时1分"]);
});

test("times past and to come are said as a reader says them", () => {
  const now = Date.parse("2026-01-02T03:04:05Z");
  const past = (seconds, format = en) => format.ago(new Date(now - seconds * 1000).toISOString(), now);
  assert.equal(past(0), "now");
  assert.match(past(90), /^1 min/);
  assert.match(past(7_300), /^2 hr/);
  assert.equal(past(86_400 * 1.5), "yesterday");
  assert.match(past(-7_300), /^in 2 hr/);
  assert.match(past(90, zh), /1分钟前/);
});

test("numbers and shares are written as the language does", () => {
  assert.equal(en.number(1_234_567), "1,234,567");
  assert.equal(en.number(1.23456, 2), "1.23");
  assert.equal(en.percent(0.256), "26%");
});

test("a training waits where its cluster's Slurm does not answer, and its host is unreachable where that is away", () => {
  const away = { status: "queued", cancel_requested: false, unreachable_since: "2026-01-02T03:04:05Z" };
  assert.equal(taskState({ ...away, queue: { reason: "cluster_away" } }).word, "queued");
  assert.equal(taskState({ ...away, queue: { reason: "host_unreachable" } }).word, "unreachable");
  assert.equal(taskState({ ...away, status: "running" }).word, "unreachable");
});

test("a training whose steps are done and that goes on is being saved", () => {
  const progress = { step: 32, total_steps: 32, percentage: 100 };
  assert.ok(isEnding({ status: "running", progress }));
  assert.ok(!isEnding({ status: "completed", progress }));
  assert.ok(!isEnding({ status: "running", progress: { ...progress, step: 31 } }));
  assert.ok(!isEnding({ status: "running", progress: { ...progress, step: 0, total_steps: 0 } }));
  assert.ok(!isEnding({ status: "running" }));
});

test("no line parts a number from its unit", () => {
  assert.equal(en.duration(7_384), "2\u00a0h 3\u00a0min");
  assert.equal(en.duration(0), "0\u00a0s");
  assert.equal(zh.duration(7_384), "2小时3分");
  assert.equal(en.bytes(1_234_567), "1.2\u00a0MB");
  assert.equal(zh.bytes(1_234_567), "1.2\u00a0MB");
  assert.equal(unbroken("Waits for GPU 2 on this machine, about 2 h."), "Waits for GPU 2 on this machine, about 2\u00a0h.");
  assert.equal(unbroken("等待本机上的 GPU 2，约 2 小时。"), "等待本机上的 GPU 2，约 2\u00a0小时。");
  assert.equal(unbroken("4 hosts in 3 steps"), "4 hosts in 3 steps");
});
