import { test } from "node:test";
import assert from "node:assert/strict";
import { turns } from "../.test/datasets.mjs";

const read = (row) => turns(typeof row === "string" ? row : JSON.stringify(row)).map((turn) => [turn.role, turn.text]);

test("questions with answers", () => {
  assert.deepEqual(read({ system: "S", instruction: "I", input: "more", output: "O" }), [["system", "S"], ["user", "I\nmore"], ["assistant", "O"]]);
  assert.deepEqual(read({ instruction: "I", input: "", output: "O" }), [["user", "I"], ["assistant", "O"]]);
});

test("conversations in both forms", () => {
  assert.deepEqual(
    read({ conversations: [{ from: "human", value: "a" }, { from: "gpt", value: "b" }, { from: "observation", value: "c" }] }),
    [["user", "a"], ["assistant", "b"], ["tool", "c"]],
  );
  assert.deepEqual(read({ messages: [{ role: "system", content: "s" }, { role: "user", content: "a" }, { role: "assistant", content: "b" }] }), [
    ["system", "s"], ["user", "a"], ["assistant", "b"],
  ]);
});

test("pairs of answers, as texts and as messages", () => {
  assert.deepEqual(read({ instruction: "q", chosen: "good", rejected: "bad" }), [["user", "q"], ["chosen", "good"], ["rejected", "bad"]]);
  assert.deepEqual(
    read({ conversations: [{ from: "human", value: "q" }], chosen: { from: "gpt", value: "good" }, rejected: { role: "assistant", content: "bad" } }),
    [["user", "q"], ["chosen", "good"], ["rejected", "bad"]],
  );
});

test("answers that were liked, plain text, and a string", () => {
  assert.deepEqual(read({ instruction: "q", output: "a", kto_tag: false }), [["user", "q"], ["assistant", "a"], ["label", "✗"]]);
  assert.deepEqual(read({ text: "once" }), [["text", "once"]]);
  assert.deepEqual(read("a line of a text file"), [["text", "a line of a text file"]]);
  assert.deepEqual(read('"quoted"'), [["text", "quoted"]]);
});

test("what is no row is shown as it is, and breaks nothing", () => {
  for (const row of ['{"instruction": "cut', "null", "[1]", "3", '{"unknown":1}']) assert.doesNotThrow(() => turns(row));
  assert.deepEqual(turns('{"instruction": "cut'), []);
  for (const list of [[null], [1], ["text"], [[]], [{ role: { a: 1 }, content: [{ type: "image" }] }]]) {
    assert.doesNotThrow(() => turns(JSON.stringify({ messages: list })), JSON.stringify(list));
  }
});

test("markup in a row stays text", () => {
  assert.deepEqual(read({ instruction: "<img src=x onerror=alert(1)>", output: "</dd>" }), [["user", "<img src=x onerror=alert(1)>"], ["assistant", "</dd>"]]);
});
