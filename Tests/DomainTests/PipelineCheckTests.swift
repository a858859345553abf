import Domain
import Testing

struct PipelineCheckTests {
  private func pipeline(_ json: String) throws -> Pipeline {
    try PipelineCheck.pipeline(of: try PipelineNode.json(json))
  }

  private func problems(_ json: String) throws -> [PipelineProblem] {
    let node = try PipelineNode.json(json)
    let refusal = #expect(throws: PipelineRefusal.self) { try PipelineCheck.pipeline(of: node) }
    return refusal?.problems ?? []
  }

  @Test func `steps run as they stand, each behind what it needs`() throws {
    let made = try pipeline(
      """
      {"name": "bot", "steps": [
        {"kind": "notify", "message": "${steps.merge.model} is there", "after": "serve"},
        {"kind": "serve", "model": "${steps.merge.model}"},
        {"kind": "train", "model": "tiny", "dataset": ["a.json", "b.json"], "epochs": 2},
        {"kind": "merge", "model": "${steps.train.model}"}
      ]}
      """)
    #expect(made.steps.map(\.id) == ["train", "merge", "serve", "notify"])
    #expect(made.steps[0].number("epochs") == 2)
    #expect(made.steps[3].path == "steps[0]")
  }

  @Test func `everything that is wrong is told at once, with its place and its line`() throws {
    let found = try problems(
      """
      {"steps": [
        {"kind": "train", "model": 5, "epochs": 0, "colour": "red"},
        {"kind": "fly"},
        {"kind": "merge", "model": "${steps.nobody.model}"},
        {"kind": "serve", "id": "9lives", "model": "x"}
      ]}
      """)
    let told = found.map { "\($0.line) \($0.path)" }
    #expect(
      told == [
        "1 name", "2 steps[0].colour", "2 steps[0].dataset", "2 steps[0].epochs", "2 steps[0].model",
        "3 steps[1].kind", "4 steps[2].model", "5 steps[3].id",
      ])
  }

  @Test func `a reference to another kind of thing is refused`() throws {
    let found = try problems(
      """
      {"name": "x", "steps": [
        {"kind": "train", "model": "m", "dataset": "d"},
        {"kind": "evaluate", "model": "${steps.train.task}", "dataset": "d"},
        {"kind": "index", "name": "i", "dataset": "${steps.train.model}"},
        {"kind": "notify", "message": "${steps.train.weather}"}
      ]}
      """)
    #expect(found.map(\.line) == [3, 4, 5])
    #expect(found[0].message.contains("A model is needed"))
    #expect(found[2].hint == "It makes model, task.")
  }

  @Test func `steps that wait for each other are refused, and those behind them are not blamed`() throws {
    let found = try problems(
      """
      {"name": "x", "steps": [
        {"id": "a", "kind": "merge", "model": "${steps.b.model}"},
        {"id": "b", "kind": "merge", "model": "${steps.a.model}"},
        {"id": "c", "kind": "serve", "model": "${steps.b.model}"},
        {"id": "d", "kind": "merge", "model": "${steps.d.model}"}
      ]}
      """)
    #expect(found.map(\.path) == ["steps[0]", "steps[1]", "steps[3]"])
  }

  @Test func `what a preparation makes is there for the steps behind it, and nothing else is`() throws {
    let made = try pipeline(
      """
      {"name": "x", "steps": [
        {"kind": "train", "model": "m", "dataset": "${steps.parts.dataset}"},
        {"kind": "evaluate", "model": "${steps.train.model}", "dataset": "${steps.parts.eval}"},
        {"id": "parts", "kind": "prepare", "dataset": "${steps.clean.dataset}", "split": {}},
        {"id": "clean", "kind": "prepare", "dataset": "d", "filter": {"invalid": true, "matching": "${steps.x"}}
      ]}
      """)
    #expect(made.steps.map(\.id) == ["clean", "parts", "train", "evaluate"])
    let found = try problems(
      """
      {"name": "x", "steps": [
        {"id": "a", "kind": "prepare", "dataset": "d", "split": {"test": 0.1}},
        {"id": "b", "kind": "prepare", "dataset": "d", "dedupe": {}},
        {"id": "c", "kind": "prepare", "dataset": "${steps.a.eval}", "dedupe": {}},
        {"id": "d", "kind": "prepare", "dataset": "${steps.b.test}", "dedupe": {}},
        {"id": "e", "kind": "prepare", "dataset": "${steps.a.test}", "dedupe": {}},
        {"id": "f", "kind": "prepare", "dataset": "${steps.a.rows}", "dedupe": {}}
      ]}
      """)
    #expect(found.map(\.path) == ["steps[2].dataset", "steps[3].dataset", "steps[5].dataset"])
  }

  @Test(arguments: [
    ("", "steps[0]"), (", \"split\": {\"evil\": 0.1}", "steps[0].split"),
    (", \"split\": {\"eval\": \"a tenth\"}", "steps[0].split"),
    (", \"split\": {\"eval\": 1}", "steps[0].split"),
    (", \"sample\": {\"rows\": 1.5}", "steps[0].sample"), (", \"sample\": 5", "steps[0].sample"),
    (", \"filter\": {\"matching\": \"(\"}", "steps[0].filter"),
    (", \"dedupe\": {}, \"sample\": {\"rows\": 1}", "steps[0].dedupe"),
  ])
  func `a preparation that cannot be done, or has unknown words, is refused`(more: String, path: String)
    throws
  {
    let found = try problems(
      "{\"name\": \"x\", \"steps\": [{\"kind\": \"prepare\", \"dataset\": \"d\"\(more)}]}")
    #expect(Set(found.map(\.path)).contains(path))
  }

  @Test func `a field or a step that stands there twice is refused`() throws {
    let found = try problems(
      """
      {"name": "x", "name": "y", "steps": [
        {"kind": "notify", "message": "a"},
        {"kind": "notify", "message": "b"}
      ]}
      """)
    #expect(found.map(\.path) == ["name", "steps[1].id"])
    #expect(found[1].message.contains("line 2"))
  }

  @Test(arguments: [
    "{\"name\": \"x\",\n  steps: []}", "{\"name\": \"x\"\n,", "{} []", "[1]",
    "{\"name\": \"x\", \"steps\": []}",
  ])
  func `what is no pipeline is refused with a line`(text: String) throws {
    var lines: [Int] = []
    do {
      _ = try pipeline(text)
    } catch let error as PipelineProblem {
      lines = [error.line]
    } catch let error as PipelineRefusal {
      lines = error.problems.map(\.line)
    }
    #expect(!lines.isEmpty)
    #expect(lines.allSatisfy { (1...2).contains($0) })
  }

  @Test(
    arguments: [
      "${steps.train}", "${train.model}", "${steps.train.model", "x ${steps.train.model}", "${steps..model}",
    ])
  func `a model that is no whole reference is refused`(text: String) throws {
    let found = try problems(
      """
      {"name": "x", "steps": [
        {"kind": "train", "model": "m", "dataset": "d"}, {"kind": "serve", "model": "\(text)"}
      ]}
      """)
    #expect(found.map(\.path) == ["steps[1].model"])
  }

  @Test(
    arguments: [
      "ftp://example.org/", "http://user:secret@example.org/", "https://example.org/#x", "http://",
      "javascript:x",
    ])
  func `a webhook is a plain http or https address`(address: String) throws {
    let found = try problems(
      "{\"name\": \"x\", \"steps\": [{\"kind\": \"notify\", \"message\": \"m\", \"webhook\": \"\(address)\"}]}"
    )
    #expect(found.map(\.path) == ["steps[0].webhook"])
  }

  @Test func `of a webhook only the host is shown`() throws {
    #expect(
      try WebhookURL("https://hooks.example.org:8443/T0/secret?key=1").shown
        == "https://hooks.example.org:8443")
  }

  @Test func `an argument that the trainer does not know, or that is not allowed, is refused`() throws {
    let found = try problems(
      """
      {"name": "x", "steps": [
        {"kind": "train", "model": "m", "dataset": "d", "arguments": {"output_dir": "/etc", "lora_ranks": 4}}
      ]}
      """)
    #expect(found.map(\.path) == ["steps[0].arguments"])
  }

  @Test func `what a reference brings is not read again`() throws {
    let text = try PipelineText("see ${steps.a.answer} and $${steps.b.c}")
    let filled = text.filled { _ in "${steps.b.c}" }
    #expect(filled == "see ${steps.b.c} and ${steps.b.c}")
    #expect(text.references == [PipelineReference(step: "a", output: "answer")])
    #expect(text.whole == nil)
  }
}

struct AnswerScoreTests {
  @Test func `words count, and not how they are written`() {
    let score = AnswerScore(of: "I am  Luthier!", against: "i am luthier")
    #expect(score.isExact)
    #expect(score.overlap == 1)
  }

  @Test func `half the words in their order are half the score`() {
    let score = AnswerScore(of: "red green", against: "red blue")
    #expect(!score.isExact)
    #expect(score.overlap == 0.5)
    #expect(AnswerScore(of: "", against: "something").overlap == 0)
  }

  @Test func `Chinese is compared character by character`() {
    #expect(AnswerScore(of: "我是琴匠", against: "我是木匠").overlap == 0.75)
  }
}
