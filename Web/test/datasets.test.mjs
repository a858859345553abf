import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AnotherFile, bars, families, hashOf, PartUpload, pauseBefore, placeOf, Problem, rowsAbove, SHA256, turns } from "../.test/datasets.mjs";

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

/** What the server says of rows of these lengths: eight bins for every doubling. */
function lengthOf(lengths) {
  const start = (bin) => Math.ceil(((8 + (bin % 8)) * 2 ** Math.floor(bin / 8)) / 8);
  const bins = [];
  for (let bin = 0; bin < 200; bin++) {
    const [from, below] = [bin === 0 ? 0 : start(bin), start(bin + 1)];
    const rows = lengths.filter((length) => length >= from && length < below).length;
    if (rows > 0 && below > from) bins.push({ from, below, rows });
  }
  return { minimum: Math.min(...lengths), maximum: Math.max(...lengths), p50: 0, p90: 0, p99: 0, total: 0, bins };
}

test("bars hold every row, one after the other, however wide the lengths are", () => {
  for (const lengths of [[0], [1, 1, 1], [5, 6, 7], [100, 130, 150], [3, 40, 500, 6000, 70000, 900000], [1023, 1024, 1025]]) {
    const length = lengthOf(lengths);
    const found = bars(length);
    assert.equal(found.reduce((sum, bar) => sum + bar.rows, 0), lengths.length, `${lengths}`);
    for (let index = 1; index < found.length; index++) assert.equal(found[index].from, found[index - 1].below);
    assert.ok(found.length <= 26, `${found.length} bars for ${lengths}`);
    assert.ok(found[0].below > length.minimum);
  }
  assert.deepEqual(bars({ ...lengthOf([1]), bins: [] }), []);
});

test("rows beyond a limit are told to a bin, and never none where the longest is beyond", () => {
  const length = lengthOf(Array.from({ length: 1000 }, (_, index) => index + 1));
  assert.ok(Math.abs(rowsAbove(length, 700) - 300) <= 5);
  assert.equal(rowsAbove(length, 1000), 0);
  assert.equal(rowsAbove(length, 999), 1);
  assert.equal(rowsAbove(length, 0), 1000);
});

test("a limit stands within the bar it parts", () => {
  const found = bars(lengthOf([100, 130, 150, 1000]));
  assert.equal(placeOf(50, found), undefined);
  assert.equal(placeOf(5000, found), undefined);
  const at = placeOf(130, found);
  const index = found.findIndex((bar) => bar.from <= 130 && 130 < bar.below);
  assert.ok(at >= index / found.length && at < (index + 1) / found.length);
});

test("SHA-256 is that of everyone, however the bytes are cut", async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 127, 128, 1000, 70_001]) {
    const bytes = new Uint8Array(length).map((_, index) => (index * 31) & 255);
    const wanted = createHash("sha256").update(bytes).digest("hex");
    for (const step of [1, 7, 64, 65, 4096, 100_000]) {
      const hash = new SHA256();
      for (let at = 0; at < length; at += step) hash.update(bytes.subarray(at, at + step));
      assert.equal(hash.hex(), wanted, `${length} bytes by ${step}`);
    }
  }
  const file = new Blob([new Uint8Array(3_000_000).fill(7)]);
  assert.equal(await hashOf(file, 2_500_000), createHash("sha256").update(new Uint8Array(2_500_000).fill(7)).digest("hex"));
});

test("files of one name are one family, by their newest", () => {
  const file = (name, version) => ({ name, version, file_id: `${name}${version}` });
  const found = families([file("b", 1), file("a", 1), file("a", 3), file("a", 2)]);
  assert.deepEqual(found.map((each) => [each.file.file_id, each.older.map((old) => old.file_id)]), [["b1", []], ["a3", ["a2", "a1"]]]);
});

/** A server that keeps one upload, and breaks off where it is told to. */
function scene(text, { breaks = [], begun } = {}) {
  const file = new File([text], "a.jsonl");
  const bytes = Buffer.from(text);
  const state = { kept: begun ?? Buffer.alloc(0), rests: [], begins: 0, discarded: false };
  const reply = (more) => ({ upload_id: "u1", filename: "a.jsonl", size: bytes.length, offset: state.kept.length, ...more });
  const lost = () => new Problem("no_answer", "lost", 0);
  const wire = {
    begin: async () => {
      state.begins++;
      if (breaks[0] === "begin") throw breaks.shift() && lost();
      return reply();
    },
    standing: async (_, withHash) => reply(withHash ? { content_hash: createHash("sha256").update(state.kept).digest("hex") } : {}),
    send: async (_, offset, part) => {
      assert.equal(offset, state.kept.length, "only what is missing is sent");
      const whole = Buffer.from(await part.arrayBuffer());
      if (typeof breaks[0] === "number") {
        state.kept = Buffer.concat([state.kept, whole.subarray(0, breaks.shift())]);
        throw lost();
      }
      if (breaks[0] instanceof Error) throw breaks.shift();
      state.kept = Buffer.concat([state.kept, whole]);
      return reply();
    },
    complete: async () => ({ dataset: { rows: 1 } }),
    discard: async () => void (state.discarded = true),
    hash: hashOf,
    rest: async (attempt) => void state.rests.push(attempt),
  };
  const stages = [];
  const upload = new PartUpload(file, (stage) => stages.push(stage.name), wire, begun ? reply() : undefined);
  return { upload, state, stages, bytes };
}

test("an upload goes on by itself after every break, from the byte that is there", async () => {
  const { upload, state, stages, bytes } = scene("x".repeat(1000), { breaks: ["begin", 10, 0, 500] });
  await upload.run();
  assert.ok(state.kept.equals(bytes));
  assert.equal(stages.at(-1), "done");
  assert.equal(stages.filter((name) => name === "waiting").length, 4);
  assert.ok(state.rests.every((attempt) => attempt < 4));
});

test("what the server refuses is not tried again", async () => {
  const { upload, state, stages } = scene("x".repeat(100), { breaks: [new Problem("too_large", "no", 413)] });
  await upload.run();
  assert.equal(stages.at(-1), "failed");
  assert.equal(state.rests.length, 0);
});

test("too many unfinished uploads are told, not waited for", async () => {
  const { upload, state, stages } = scene("x", {});
  upload.wire.begin = async () => {
    throw new Problem("conflict", "You have 10 unfinished uploads.", 409);
  };
  await upload.run();
  assert.equal(stages.at(-1), "failed");
  assert.equal(state.rests.length, 0);
});

test("a paused upload stays where it is, and goes on when asked", async () => {
  const { upload, state, stages, bytes } = scene("x".repeat(100));
  const send = upload.wire.send;
  upload.wire.send = async (...all) => {
    state.kept = bytes.subarray(0, 40);
    upload.pause();
    throw new DOMException("", "AbortError");
  };
  await upload.run();
  assert.equal(stages.at(-1), "paused");
  upload.wire.send = send;
  await upload.run();
  assert.equal(stages.at(-1), "done");
  assert.ok(state.kept.equals(bytes));
  assert.equal(state.begins, 1);
});

test("a file that is chosen again goes on only where its bytes are the same", async () => {
  const same = scene("abc".repeat(100), { begun: Buffer.from("abcab") });
  await same.upload.run(true);
  assert.equal(same.stages[0], "comparing");
  assert.equal(same.stages.at(-1), "done");
  assert.ok(same.state.kept.equals(same.bytes));
  const other = scene("abc".repeat(100), { begun: Buffer.from("abX") });
  await assert.rejects(other.upload.run(true), AnotherFile);
  assert.equal(other.state.kept.length, 3, "nothing is sent to it");
});

test("a stopped upload is forgotten by the server too", async () => {
  const { upload, state, stages } = scene("x".repeat(10), { breaks: [3] });
  upload.wire.rest = async () => {
    await upload.stop();
    throw new DOMException("", "AbortError");
  };
  await upload.run();
  assert.equal(stages.at(-1), "stopped");
  assert.ok(state.discarded);
  assert.deepEqual([0, 1, 2, 3, 4, 9].map(pauseBefore), [1, 2, 4, 8, 15, 15]);
});
