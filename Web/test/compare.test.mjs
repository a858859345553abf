import { test } from "node:test";
import assert from "node:assert/strict";

// What the page's modules look for when they are read.
globalThis.addEventListener ??= () => undefined;
globalThis.window ??= globalThis;
globalThis.document ??= { documentElement: { lang: "en" } };
globalThis.localStorage ??= { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
globalThis.sessionStorage ??= globalThis.localStorage;

const { areNone, areSame, baseOf, firstColumns, historyOf, isVotable, letter, settingsOf, shuffled, typedOf, wrongOf } = await import(
  "../.test/compare.mjs"
);

const partner = (id, base, more = {}) => ({ id, name: id, type: base ? "sft" : "pretrained", status: "unloaded", model: { name: id, base }, ...more });
const names = (all) => all.map((each) => each.id);

test("a model's base is found by its name, by its folder's name, and else by its folder", () => {
  const [named, folder] = [partner("Qwen/Qwen2.5"), partner("/models/tiny")];
  assert.equal(baseOf([named, folder], partner("a", "Qwen/Qwen2.5")), named);
  assert.equal(baseOf([named, folder], partner("a", "/elsewhere/tiny/")), folder);
  assert.deepEqual(baseOf([named], partner("a", "/models/other")), { id: "/models/other", name: "other", type: "pretrained", status: "unloaded" });
  assert.equal(baseOf([named], partner("a")), undefined);
  const itself = partner("tiny", "tiny");
  assert.notEqual(baseOf([itself], itself), itself);
});

test("who was asked for is compared, one alone with its base", () => {
  const all = [partner("tuned", "base"), partner("base"), partner("other"), partner("broken", undefined, { status: "failed" })];
  assert.deepEqual(names(firstColumns(all, ["other", "tuned"], ["base", "tuned"])), ["other", "tuned"]);
  assert.deepEqual(names(firstColumns(all, ["tuned"], [])), ["tuned", "base"]);
  assert.deepEqual(names(firstColumns(all, ["other"], ["base", "tuned"])), ["other", "tuned"]);
  assert.deepEqual(names(firstColumns(all, [], ["other", "base"])), ["other", "base"]);
  assert.deepEqual(names(firstColumns(all, [], ["gone", "base"])), ["tuned", "base"]);
  assert.deepEqual(names(firstColumns(all, ["a", "b"], [])), ["tuned", "base"]);
  assert.deepEqual(names(firstColumns([partner("a"), partner("b")], [], [])), ["a", "b"]);
  assert.deepEqual(names(firstColumns([partner("a")], [], [])), []);
  assert.equal(firstColumns(all, ["tuned", "base", "other", "broken", "tuned"], []).length, 4);
});

test("mixing keeps all, and every order comes about", () => {
  const orders = new Set();
  for (let index = 0; index < 400; index++) {
    const mixed = shuffled(["a", "b", "c"]);
    assert.deepEqual([...mixed].sort(), ["a", "b", "c"]);
    orders.add(mixed.join(""));
  }
  assert.equal(orders.size, 6);
  assert.equal(letter(0) + letter(3), "AD");
});

const answer = (content, status = "complete") => ({ status, content });
const turn = (question, ...answers) => ({ question, settings: {}, answers, wasBlind: false });

test("each column goes on from its own answers, without those that never came", () => {
  const turns = [turn("q1", answer("a1"), answer("", "failed")), turn("q2", answer("a2"), answer("b2", "stopped"))];
  assert.deepEqual(historyOf(turns, 0, 1).map((each) => each.content), ["q1", "a1"]);
  assert.deepEqual(historyOf(turns, 0, 2).map((each) => each.role), ["user", "assistant", "user", "assistant"]);
  assert.deepEqual(historyOf(turns, 1, 2).map((each) => each.content), ["q2", "b2"]);
  assert.deepEqual(historyOf(turns, 1, 1), []);
});

test("a turn is voted on when all have ended and two have said something", () => {
  assert.equal(isVotable(turn("q", answer("a"), answer("b", "stopped"))), true);
  assert.equal(isVotable(turn("q", answer("a"), answer("b"), answer("", "failed"))), true);
  assert.equal(isVotable(turn("q", answer("a"), answer("", "failed"))), false);
  assert.equal(isVotable(turn("q", answer("a"), answer("b"), answer("", "writing"))), false);
  assert.equal(isVotable(turn("q", answer("a"), answer("b"), answer("", "asked"))), false);
});

test("settings are typed, told to be wrong, and read back as they were", () => {
  const settings = { system_prompt: " Be short.\n", temperature: 0, top_p: 0.5, top_k: 1, max_tokens: 32768, seed: 0 };
  assert.deepEqual(settingsOf(typedOf(settings)), settings);
  assert.deepEqual(wrongOf(typedOf(settings)), []);
  assert.deepEqual(settingsOf(typedOf({})), {});
  assert.deepEqual(settingsOf({ ...typedOf({}), prompt: " \n" }), {});
  const wrong = { prompt: "a".repeat(32_769), temperature: "2.1", topP: "0", topK: "1.5", length: "x", seed: "-1" };
  assert.deepEqual([...wrongOf(wrong)].sort(), ["length", "prompt", "seed", "temperature", "topK", "topP"]);
  assert.equal(areSame({ seed: null }, {}), true);
  assert.equal(areSame({ seed: 0 }, {}), false);
  assert.equal(areNone({ system_prompt: null }), true);
});
