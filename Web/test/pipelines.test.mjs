import { test } from "node:test";
import assert from "node:assert/strict";
import { brokenStep, chain, codes, filling, ordered, pieces, reference, sentences, Translator, wantedVectors } from "../.test/pipelines.mjs";

test("a name stands in an example as YAML takes it", () => {
  assert.match(filling({ model: "m", dataset: "identity.json" }), /dataset: identity\.json\n/);
  for (const name of ["two words.json", "a: b", "#x", "- x", "yes", "12", "/models/base", '"', "${steps.a.b}"]) {
    const line = filling({ model: "m", dataset: name }).split("\n").find((each) => each.includes("dataset:"));
    assert.equal(line, `    dataset: ${JSON.stringify(name)}`);
  }
  assert.match(chain({ model: "Qwen/Qwen2.5-0.5B-Instruct", dataset: "d" }, "x"), /model: Qwen\/Qwen2\.5-0\.5B-Instruct\n/);
});

test("only a value that is one reference leads to a step", () => {
  assert.deepEqual(reference("${steps.train.model}"), { step: "train", output: "model" });
  for (const text of ["${steps.train.model} and more", "$${steps.train.model}", "${steps.train}", "${steps.a.b.c}", "${steps..b}", ""]) {
    assert.equal(reference(text), undefined, text);
  }
});

test("a text is told apart from what it names of other steps", () => {
  const documents = { step: "index", output: "documents" };
  assert.deepEqual(pieces("${steps.index.documents} more"), [documents, " more"]);
  assert.deepEqual(pieces("a ${steps.index.documents}${steps.index.documents}"), ["a ", documents, documents]);
  assert.deepEqual(pieces("$${steps.index.documents} costs $5 ${x}"), ["${", "steps.index.documents} costs $5 ${x}"]);
  assert.deepEqual(pieces("nothing named"), ["nothing named"]);
});

test("the fields that say most come first", () => {
  assert.deepEqual(
    ordered({ epochs: 1, name: 2, zebra: 3, dataset: 4, model: 5 }).map(([name]) => name),
    ["model", "dataset", "name", "epochs", "zebra"],
  );
});

test("a run is resumed where it broke, and one that did not is not", () => {
  const run = (status, ...states) => ({ status, steps: states.map((each, id) => ({ id: String(id), status: each })) });
  assert.equal(brokenStep(run("failed", "completed", "failed", "pending"))?.id, "1");
  assert.equal(brokenStep(run("cancelled", "completed", "pending"))?.id, "1");
  assert.equal(brokenStep(run("running", "completed", "failed")), undefined);
  assert.equal(brokenStep(run("completed", "completed")), undefined);
});

test("only an address has a key", () => {
  const draft = { backend: "ollama", address: "http://x/v1", model: " nomic ", key: "k" };
  assert.deepEqual(wantedVectors(draft), { embed_backend: "ollama", embed_model: "nomic" });
  assert.deepEqual(wantedVectors({ ...draft, backend: "address" }), {
    embed_backend: "http://x/v1",
    embed_model: "nomic",
    embed_api_key: "k",
  });
});

test("a plan is said in Chinese, names as they are", () => {
  const zh = new Translator(sentences, codes);
  assert.equal(zh.sentence("Fine-tunes qwen on identity.json"), "用 identity.json 微调 qwen");
  assert.equal(
    zh.sentence("Fine-tunes qwen on a.json, b.json: 96 rows, 36 steps on gpu1"),
    "用 a.json, b.json 微调 qwen：96 行，36 步（gpu1）",
  );
  assert.equal(zh.sentence("Merges the model of train into its base"), "将 train 的模型合并到其基础模型");
  assert.equal(zh.sentence("the model first-pipeline"), "模型 first-pipeline");
});
