import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

// The language is read from the browser as it is asked for; here there is none.
globalThis.document ??= { documentElement: { lang: "en" } };
globalThis.localStorage ??= { getItem: () => null, setItem: () => undefined };
const { argumentHelp, argumentWords, copyName, count, draftOf, EMPTY, findAll, lastPart, LINES_IN_BLOCK, LogText, Metrics, OWN, request, rounded, typed } = await import("../.test/tasks.mjs");

const points = (line) => Array.from({ length: line.count }, (_, index) => [line.x[index], line.y[index]]);

test("metrics become lines, and what a step does not say is left out", () => {
  const metrics = new Metrics();
  metrics.add([
    { step: 1, loss: 3, learning_rate: 1e-4 },
    { step: 2, loss: 2, eval_loss: null },
    { step: 2, eval_loss: 2.5 },
  ]);
  assert.deepEqual(points(metrics.loss), [[1, 3], [2, 2]]);
  assert.deepEqual(points(metrics.evalLoss), [[2, 2.5]]);
  assert.deepEqual(points(metrics.learningRate), [[1, 1e-4]]);
});

test("a run that goes on from a checkpoint replaces the steps it tells again", () => {
  const metrics = new Metrics();
  metrics.add([1, 2, 3, 4].map((step) => ({ step, loss: step })));
  metrics.add([{ step: 3, loss: 30 }]);
  assert.deepEqual(points(metrics.loss), [[1, 1], [2, 2], [3, 30]]);
});

test("a line keeps every one of a hundred thousand points", () => {
  const metrics = new Metrics();
  metrics.add(Array.from({ length: 100_000 }, (_, step) => ({ step, loss: step })));
  assert.equal(metrics.loss.count, 100_000);
  assert.equal(metrics.loss.y[99_999], 99_999);
});

test("a log that comes in pieces is the same as one that came at once", () => {
  const whole = Array.from({ length: 501 }, (_, index) => `line ${index}\r\n`).join("") + "an open end";
  const pieces = new LogText();
  for (let at = 0; at < whole.length; at += 7) pieces.add(whole.slice(at, at + 7));
  const once = new LogText();
  once.add(whole);
  assert.deepEqual(pieces.blocks(), once.blocks());
  assert.equal(pieces.lineCount, 502);
  assert.equal(pieces.whole(), whole.replaceAll("\r\n", "\n"));
});

test("blocks that are full stay as they are, and only the last is made anew", () => {
  const log = new LogText();
  log.add("a\n".repeat(LINES_IN_BLOCK * 2 + 1));
  const [first, second, last] = log.blocks();
  log.add("b\n");
  const after = log.blocks();
  assert.equal(after[0], first);
  assert.equal(after[1], second);
  assert.notEqual(after[2], last);
  assert.equal(after[2], "a\nb");
});

test("a new log is empty, and a blank line is a line", () => {
  const log = new LogText();
  assert.equal(log.isEmpty, true);
  assert.deepEqual(log.blocks(), []);
  log.add("\n");
  assert.equal(log.isEmpty, false);
  assert.equal(log.lineCount, 1);
});

test("a hundred thousand lines in pieces are all there, and no more places are told than can be gone to", () => {
  const log = new LogText();
  const piece = "[INFO|trainer.py:2519] a line as a trainer writes it, with a number 123456\n".repeat(1_000);
  for (let index = 0; index < 100; index++) {
    log.add(piece);
    log.blocks();
  }
  const places = findAll(log.blocks(), "NUMBER");
  assert.equal(log.lineCount, 100_000);
  assert.equal(places.length, 10_000);
});

test("a word is found in upper and lower case, many times in a line, and never across blocks", () => {
  assert.deepEqual(findAll(["Loss loss\nLOSS", "lo", "ss"], "loss"), [
    { block: 0, start: 0 },
    { block: 0, start: 5 },
    { block: 0, start: 10 },
  ]);
  assert.deepEqual(findAll(["abc"], ""), []);
  assert.deepEqual(findAll(["aaaa"], "aa"), [{ block: 0, start: 0 }, { block: 0, start: 2 }]);
  assert.equal(findAll(["x".repeat(100)], "x", 7).length, 7);
  assert.deepEqual(findAll(["a.b"], "."), [{ block: 0, start: 1 }]);
});

test("a letter that grows in lower case does not move what is found after it", () => {
  const text = "İİİ loss";
  assert.deepEqual(findAll([text], "loss"), [{ block: 0, start: text.indexOf("loss") }]);
});

test("what was typed is JSON where it is some, and else a word", () => {
  assert.deepEqual(["0.1", "true", "[1]", "cosine", "", "1e-4", "{"].map(typed), [0.1, true, [1], "cosine", "", 1e-4, "{"]);
});

const draft = { ...EMPTY, name: " a ", model: " /m ", datasets: ["x.json", "y.json"] };

test("a draft becomes a request", () => {
  const sent = request(draft);
  assert.equal(sent.name, "a");
  assert.equal(sent.model_name, "/m");
  assert.equal(sent.dataset_path, "x.json,y.json");
  assert.equal(sent.learning_rate, 5e-5);
  assert.equal(sent.template, undefined);
  assert.equal(sent.host_id, undefined);
  assert.equal(sent.gpus, undefined);
  assert.deepEqual(sent.arguments, { finetuning_type: "lora", stage: "sft", gradient_accumulation_steps: 1, cutoff_len: 1024 });
});

test("QLoRA is LoRA in 4 bits, and a field holds against an argument of its name", () => {
  const sent = request({ ...draft, method: "qlora", further: { lora_rank: "16", stage: "dpo" } });
  assert.equal(sent.arguments.finetuning_type, "lora");
  assert.equal(sent.arguments.quantization_bit, 4);
  assert.equal(sent.arguments.lora_rank, 16);
  assert.equal(sent.arguments.stage, "sft");
});

test("what is no number is left to the server to refuse, never taken for a default", () => {
  assert.equal(request({ ...draft, epochs: "three" }).epochs, "three");
  assert.equal(request({ ...draft, cutoff: "1e999" }).arguments.cutoff_len, "1e999");
  assert.equal(request({ ...draft, gpus: "0" }).gpus, 0);
});

test("a copy of a task asks for the same training under another name", () => {
  const task = {
    name: "nova", model_name: "/m", dataset_path: "x.json,y.json", template: "qwen", epochs: 2, learning_rate: 1e-4, batch_size: 8,
    host_id: "local", gpus: null, priority: 3,
    arguments: { finetuning_type: "lora", quantization_bit: 4, stage: "dpo", gradient_accumulation_steps: 4, cutoff_len: 64, lora_rank: 8, optim: "sgd", plot_loss: true },
  };
  const known = [
    { name: "lora_rank", default_json: "8" },
    { name: "plot_loss", default_json: "true" },
    { name: "optim", default_json: '"adamw_torch"' },
  ];
  const copied = request(draftOf(task, known));
  assert.equal(copied.name, "nova 2");
  assert.deepEqual(
    { ...copied.arguments },
    { finetuning_type: "lora", quantization_bit: 4, stage: "dpo", gradient_accumulation_steps: 4, cutoff_len: 64, optim: "sgd" },
    "what the server sets by itself is not the user's choice",
  );
  assert.deepEqual(
    [copied.model_name, copied.dataset_path, copied.template, copied.epochs, copied.learning_rate, copied.batch_size, copied.host_id, copied.gpus, copied.priority],
    ["/m", "x.json,y.json", "qwen", 2, 1e-4, 8, "local", undefined, 3],
  );
});

test("a copy keeps every goal, method and number of bits that the trainer has", () => {
  const task = { name: "a", model_name: "/m", dataset_path: "x", template: "qwen", epochs: 1, learning_rate: 1, batch_size: 1, host_id: "h", gpus: null, priority: 0 };
  const own = { gradient_accumulation_steps: 1, cutoff_len: 64 };
  for (const given of [
    { finetuning_type: "lora", stage: "rm" },
    { finetuning_type: "oft", stage: "sft" },
    { finetuning_type: "lora", stage: "sft", quantization_bit: 8 },
    { finetuning_type: "oft", stage: "sft", quantization_bit: 4 },
    { finetuning_type: "freeze", stage: "pt" },
  ]) {
    const { arguments: copied } = request(draftOf({ ...task, arguments: { ...given, ...own } }, [{ name: "quantization_bit", default_json: "null" }]));
    assert.deepEqual({ ...copied }, { ...given, ...own });
  }
  const chosen = request({ ...draft, further: { quantization_bit: "8" } });
  assert.equal(chosen.arguments.quantization_bit, 8);
  assert.equal(chosen.arguments.finetuning_type, "lora");
});

test("a cluster is asked for what it has, and what has no meaning on a host is not sent", () => {
  const typed = { ...draft, gpus: "2", priority: "3", cluster: { ...EMPTY.cluster, partition: "gpu", minutes: "600" } };
  const there = request(typed, true);
  assert.deepEqual([there.slurm, there.gpus, there.priority], [{ partition: "gpu", minutes: 600 }, 2, undefined]);
  const here = request(typed);
  assert.deepEqual([here.slurm, here.gpus, here.priority], [undefined, 2, 3]);
  assert.equal("slurm" in request(draft, true), false);
  const task = { name: "a", model_name: "/m", dataset_path: "x", template: "qwen", epochs: 1, learning_rate: 1, batch_size: 1, host_id: "h",
    gpus: 4, priority: 0, arguments: {}, slurm: { account: "lab1", nodes: 2 } };
  const copied = request(draftOf(task, []), true);
  assert.deepEqual([copied.slurm, copied.gpus, copied.host_id], [{ account: "lab1", nodes: 2 }, 4, "h"]);
});

test("names of copies count up, and stay within what a name may be", () => {
  assert.equal(copyName("nova"), "nova 2");
  assert.equal(copyName("nova 2"), "nova 3");
  assert.equal(copyName("nova 99"), "nova 100");
  assert.equal(copyName("7"), "7 2");
  assert.equal(copyName("a".repeat(100)), `${"a".repeat(98)} 2`);
  assert.equal(copyName(`${"a".repeat(98)} 9`), `${"a".repeat(97)} 10`);
  assert.equal([...copyName("🎻".repeat(100))].length, 100);
});

test("the last part of a path is shown, and a name of the hub whole", () => {
  assert.deepEqual(["/models/tiny", "/models/tiny/", "Qwen/Qwen2.5", "/", "a"].map(lastPart), ["tiny", "tiny", "Qwen/Qwen2.5", "/", "a"]);
});

test("figures of an estimate are as rough as it is", () => {
  assert.deepEqual([0, 7, 99, 123, 98_765, 1_234_567].map(rounded), [0, 7, 99, 120, 99_000, 1_200_000]);
  assert.deepEqual([12, 19_988_480, 6_738_415_616, 494_032_768, 1000].map(count), ["12", "20M", "6.7B", "494M", "1K"]);
});

/** The arguments of LLaMA-Factory, and those of them that nobody may set, as the server has them. */
function argumentsOfTheTrainer() {
  const room = new URL("../../Sources/Core/Domain/Training/", import.meta.url);
  const tables = ["Model", "Data", "Finetuning", "Generating", "Training"].map((each) => readFileSync(new URL(`ArgumentCatalogue+${each}.swift`, room), "utf8"));
  const policy = readFileSync(new URL("ArgumentPolicy.swift", room), "utf8");
  const names = (text, form) => new Set([...text.matchAll(form)].map((match) => match[1]));
  return { all: names(tables.join("\n"), /^ {4}([a-z]\w*) \S+ /gm), refused: names(policy.slice(policy.indexOf("let table")), /"([a-z]\w*)"/g) };
}

test("what is said of an argument in Chinese is said of one that the trainer has and that may be set", () => {
  const { all, refused } = argumentsOfTheTrainer();
  assert.ok(all.size > 200);
  const told = Object.keys(argumentHelp);
  assert.deepEqual(told.filter((name) => !all.has(name)), []);
  assert.deepEqual(told.filter((name) => refused.has(name)), []);
  for (const name of told) assert.match(argumentHelp[name], /[\u3400-\u9fff].*。$/, name);
});

test("every argument that may be set is told of in Chinese, or has a field of its own", () => {
  const { all, refused } = argumentsOfTheTrainer();
  const isTold = (name) => name in argumentHelp || name in argumentWords.zh || OWN.has(name);
  assert.deepEqual([...all].filter((name) => !refused.has(name) && !isTold(name)), []);
});
