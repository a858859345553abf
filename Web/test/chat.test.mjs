import { test } from "node:test";
import assert from "node:assert/strict";
import { figures, fileName, grouped, isComposing, shareText, splitAttachments, textOf, withAttachments } from "../.test/chat.mjs";

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
  // A reply that came in one burst tells nothing of its model's speed.
  assert.equal(figures(0, 23_000, 23_027, 60).rate, undefined);
});

test("keys of an input method are told by the flag, or in Safari by the code", () => {
  assert.equal(isComposing({ isComposing: true, keyCode: 13 }), true);
  assert.equal(isComposing({ isComposing: false, keyCode: 229 }), true);
  assert.equal(isComposing({ isComposing: false, keyCode: 13 }), false);
});

const SHARE = { you: "You", model: "Model", file: (name) => `(File: ${name})`, masked: "[masked]" };
const message = (role, content, more = {}) => ({ role, content, message_id: "m", created_at: "", status: "complete", versions: [], ...more });

test("what is shared has the words and not the folders of models, the files or the passages", () => {
  const shared = shareText("Keys", [
    message("user", withAttachments("Look at this", [{ name: "hosts.txt", text: "inner secret" }])),
    message("assistant", "A key is needed [1].", { model: "/srv/models/qwen", sources: [{ number: 1, text: "a passage" }] }),
    message("assistant", "", { status: "failed" }),
  ], SHARE);
  assert.equal(shared.text, "# Keys\n\n**You**\n\nLook at this\n\n(File: hosts.txt)\n\n**qwen**\n\nA key is needed [1].\n");
  assert.deepEqual([shared.files, shared.passages, shared.masked], [1, 1, 0]);
});

test("what gives a secret, a person or a machine away is masked and counted", () => {
  const secrets = [
    "sk-proj-abcdefghijklmnop1234", "lut_sL0-xaqgAbCdEf12345", "hf_abcdefghijklmnopqrst", "ada@example.org", "/home/ada/keys/id", "10.1.2.3:8080",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----",
  ];
  for (const secret of secrets) {
    const { text, masked } = shareText("t", [message("user", `before ${secret} after`)], SHARE);
    assert.equal(text, "# t\n\n**You**\n\nbefore [masked] after\n", secret);
    assert.equal(masked, 1, secret);
  }
  const { text } = shareText("t", [message("user", "password: hunter2-and-more")], SHARE);
  assert.equal(text.includes("hunter2"), false);
});

test("ordinary words and numbers are left as they are", () => {
  const words = "The password is reset under Settings/Security; version 1.2.3 takes 5e-5, `task_id` and sketch-book, token by token.";
  const { text, masked } = shareText("t", [message("assistant", words)], SHARE);
  assert.equal(text.includes(words), true);
  assert.equal(masked, 0);
});
