import { test } from "node:test";
import assert from "node:assert/strict";
import { codes, sentences, Translator } from "../.test/server.mjs";

const zh = new Translator(sentences, codes);

test("a sentence is said with its values, in the other language's order", () => {
  assert.equal(zh.sentence("The upload stands at byte 5, not 7."), "上传进行到第 5 字节，而不是 7。");
  assert.equal(zh.sentence("`a` is a list here, and a number in row 3."), "`a` 在这里是列表，而在第 3 行是数字。");
  assert.equal(zh.sentence("The host's disk is full."), "主机磁盘已满。");
});

test("a value that is the server's own words is said too, another stays as it is", () => {
  assert.equal(zh.sentence("The task was not found."), "训练不存在。");
  assert.equal(zh.sentence("There is no template called \"{x} $& a list\"."), "没有名为 \"{x} $& a list\" 的模板。");
  assert.equal(
    zh.sentence("data.json cannot be trained on: line 3: The conversation is empty."),
    "data.json 无法用于训练：第 3 行：对话是空的。",
  );
});

test("a dataset in use says so by one training and by several", () => {
  assert.equal(zh.sentence("The dataset is used by a task that has not ended: t1."), "数据集正被尚未结束的训练使用：t1。");
  assert.equal(zh.sentence("The dataset is used by 2 tasks that have not ended: t1, t2."), "数据集正被尚未结束的 2 个训练使用：t1, t2。");
});

test("a partition's limit is said in the unit it came in", () => {
  assert.equal(
    zh.sentence("1 of 2 nodes idle, 8 cores, 15 GiB, at most 7 days, gpu:h100:4"),
    "2 个节点中 1 个空闲，8 核，15 GiB，最长 7 天，gpu:h100:4",
  );
  assert.equal(zh.sentence("0 of 1 nodes idle, 8 cores, 15 GiB, at most 12 h; it takes no jobs"), "1 个节点中 0 个空闲，8 核，15 GiB，最长 12 小时；不接受作业");
});

test("the pattern that says more is meant", () => {
  assert.equal(zh.sentence("gpu1 has no GPU 3."), "gpu1 没有 GPU 3。");
  assert.equal(zh.sentence("gpu1 has no GPU."), "gpu1 没有 GPU。");
});

test("several sentences are said when all are known, and none otherwise", () => {
  assert.equal(zh.sentence("The prompt is empty. Try again."), "提示词是空的。请重试。");
  assert.equal(zh.sentence("The prompt is empty. Nobody ever wrote this."), undefined);
  assert.equal(zh.sentence("Nobody ever wrote this."), undefined);
});

test("long and hostile texts are refused in good time", () => {
  assert.equal(zh.sentence("The row's ".repeat(10_000)), undefined);
  assert.equal(zh.sentence(`${"The row's `".repeat(300)}`), undefined);
});

test("every sentence has its values in both languages, and no Latin sentence is left", () => {
  for (const [text, said] of Object.entries(sentences)) {
    const values = text.split("{}").length - 1;
    const named = [...said.matchAll(/\{(\d?)\}/g)].map((match, index) => Number(match[1] || index + 1));
    assert.deepEqual([...named].sort(), Array.from({ length: values }, (_, index) => index + 1), text);
    assert.ok(/[\u4e00-\u9fff]/.test(said) || said === "null", text);
  }
  for (const [code, said] of Object.entries(codes)) assert.ok(/[\u4e00-\u9fff]/.test(said), code);
});

test("every pattern finds itself", () => {
  for (const text of Object.keys(sentences)) {
    const said = zh.sentence(text.replaceAll("{}", "7"));
    assert.ok(said !== undefined, text);
  }
});
