import { test } from "node:test";
import assert from "node:assert/strict";
import { figures, fileName, grouped, isComposing, splitAttachments, textOf, withAttachments } from "../.test/chat.mjs";

test("files go behind the words and are taken apart again", () => {
  const files = [
    { name: "a.md", text: "# A\n```\ncode\n```\n\nFile: not one\n" },
    { name: "b c.txt", text: "plain" },
  ];
  const whole = withAttachments("  look \n", files);
  assert.ok(whole.startsWith("look\n\nFile: a.md\n````md\n"));
  assert.deepEqual(splitAttachments(whole), { text: "look", files: [{ ...files[0], text: files[0].text.replace(/\n$/, "") }, files[1]] });
  assert.deepEqual(splitAttachments(withAttachments("", [files[1]])), { text: "", files: [files[1]] });
});

test("a name of a file cannot end its line", () => {
  assert.match(withAttachments("", [{ name: "a\n```\nx", text: "t" }]), /^File: a ``` x\n/);
});

test("what only looks like a file stays text", () => {
  for (const text of ["File: a", "see\n\nFile: a\n```\nnever closed", "```\nFile: a\n```"]) {
    assert.deepEqual(splitAttachments(text), { text, files: [] });
  }
});

test("bytes that are no text are none", () => {
  const bytes = (...values) => new Uint8Array(values).buffer;
  assert.equal(textOf(new TextEncoder().encode("你\r\n好").buffer), "你\n好");
  assert.equal(textOf(bytes(0xff, 0xfe, 0x41)), undefined);
  assert.equal(textOf(bytes(0x41, 0, 0x42)), undefined);
});

test("conversations are grouped by day, the pinned first", () => {
  const now = new Date(2026, 4, 2, 15, 0);
  const at = (session_id, hours, pinned = false) => ({ session_id, pinned, updated_at: new Date(now.getTime() - hours * 3_600_000).toISOString() });
  const groups = grouped([at("new", 1), at("pinned", 400, true), at("morning", 14.9), at("yesterday", 15.1)], now);
  const ids = (all) => all.map((each) => each.session_id);
  assert.deepEqual([ids(groups.pinned), ids(groups.today), ids(groups.earlier)], [["pinned"], ["new", "morning"], ["yesterday"]]);
});

test("a title becomes the name of a file on every system", () => {
  assert.equal(fileName("a/b: c?", "md"), "a b  c.md");
  assert.equal(fileName("...", "md"), "conversation.md");
  assert.equal(fileName("微".repeat(80), "json"), `${"微".repeat(60)}.json`);
  assert.equal(fileName("..\\..\\x", "md").includes("\\"), false);
});

test("the speed of a reply begins with its first piece", () => {
  assert.deepEqual(figures(1_000, 1_500, 3_500, 41), { first: 0.5, rate: 20, pieces: 41 });
  assert.equal(figures(0, 100, 100, 1).rate, undefined);
});

test("keys of an input method are told by the flag, or in Safari by the code", () => {
  assert.equal(isComposing({ isComposing: true, keyCode: 13 }), true);
  assert.equal(isComposing({ isComposing: false, keyCode: 229 }), true);
  assert.equal(isComposing({ isComposing: false, keyCode: 13 }), false);
});
