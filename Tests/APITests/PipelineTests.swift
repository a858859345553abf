import Contract
@testable import Domain
import HTTPWire
import Testing

/// Pipelines over the router: what is wrong with one, what it does, and whose it is.
@Suite struct PipelineTests {
  private static let whole = """
    name: bot
    steps:
      - kind: train
        model: /models/base
        dataset: data.json
        epochs: 1
      - kind: evaluate
        model: ${steps.train.model}
        dataset: data.json
        rows: 2
      - kind: merge
        model: ${steps.train.model}
        name: bot-whole
      - kind: serve
        model: ${steps.merge.model}
        question: abc
      - kind: index
        name: docs
        dataset: data.json
      - kind: notify
        message: "${steps.serve.model} scores ${steps.evaluate.score}"
    """

  private static func body(_ text: String) -> Body { .json(["text": .string(text)]) }

  private static func pipeline(_ id: String, _ server: TestServer, _ user: User) async throws -> JSONValue {
    try await server.send(.get, "/api/pipelines/\(id)", as: user).json
  }

  private static func wait(
    _ id: String, for status: String, _ server: TestServer, _ user: User
  ) async throws -> JSONValue {
    try await server.waitUntil("the pipeline is \(status)") {
      let run = try await pipeline(id, server, user)
      return run["status"]?.string == status ? run : nil
    }
  }

  private struct Told: Equatable {
    let run: [JSONValue?]
    let events: [String]
  }

  /// The run as its user sees it, and all that was said of runs, but for how far its step is: that goes on by itself.
  private static func told(_ id: String, _ server: TestServer, _ user: User) async throws -> Told {
    let run = try await pipeline(id, server, user)
    let whole = ["status", "updated_at", "cancel_requested"].map { run[$0] }
    let steps = (run["steps"]?.items ?? []).flatMap { step in
      ["status", "attempt", "task_id", "inputs", "outputs", "failure"].map { step[$0] }
    }
    let events = try await server.eventKinds(after: 0, for: user)
    return Told(
      run: whole + steps, events: events.filter { $0 == "pipeline.changed" || $0 == "pipeline.notice" })
  }

  private static func job(_ script: String, _ server: TestServer) async throws -> JobSpec {
    try await server.waitUntil("\(script) was launched") {
      server.host.launched.last { $0.arguments.contains { $0.hasSuffix(script) } }
    }
  }

  private static func giveTrainer(_ server: TestServer) {
    server.host.setTrainer(
      TrainerFacts(
        command: "/opt/trainer/llamafactory-cli", version: "0.9.5", torch: "2", problem: nil,
        python: "/opt/trainer/python"))
  }

  @Test
  func `a pipeline trains, evaluates, merges, serves, indexes and tells, and each step sees what was made`()
    async throws
  {
    try await TestServer.run { server in
      Self.giveTrainer(server)
      let ada = try await server.register("ada")
      try await server.upload(as: ada)
      let began = try await server.send(.post, "/api/pipelines", Self.body(Self.whole), as: ada)
      #expect(began.status == 200, "\(began.text)")
      let id = try began.string("pipeline_id")
      let training = try await server.launched(1)
      server.host.complete(training)
      let merging = try await Self.job("merge_model.py", server)
      let folder = "\(server.usersFolder)/\(ada.id)/.merged/abc"
      server.host.append(
        "{\"result\": {\"path\": \"\(folder)\", \"size\": 5000, \"made\": true}}\n",
        to: "\(merging.directory)/answers.jsonl")
      server.host.end(merging.directory)
      let done = try await Self.wait(id, for: "completed", server, ada)
      let steps = done["steps"]?.items ?? []
      #expect(steps.map { $0["status"]?.string } == Array(repeating: "completed", count: 6))
      #expect(steps.map { $0["attempt"] } == Array(repeating: .integer(1), count: 6))
      #expect(steps[0]["outputs"]?["model"]?["name"]?.string == "bot-train")
      #expect(steps[1]["outputs"]?["rows"]?["value"]?.string == "2")
      #expect(steps[2]["outputs"]?["model"]?["name"]?.string == "bot-whole")
      #expect(steps[3]["outputs"]?["answer"]?["value"]?.string == "cba")
      #expect(steps[0]["inputs"] == ["dataset": ["data.json"], "epochs": ["1"], "model": ["/models/base"]])
      #expect(steps[2]["inputs"]?["model"] == ["${steps.train.model}"])
      let found = try await server.send(
        .post, "/api/indexes/docs/search", .json(["query": "Who are you?"]), as: ada)
      #expect(found.text.contains("I am Luthier."))
      let kinds = try await server.eventKinds(after: 0, for: ada)
      #expect(kinds.contains("pipeline.notice") && kinds.contains("pipeline.changed"))
      let said = try await server.send(
        .post, "/api/chat/completion",
        .json(["model_path": "bot-whole", "messages": [["role": "user", "content": "ab"]]]), as: ada)
      #expect(said.text.contains("ba"), "\(said.text)")
      try await server.check(
        APIScenario("done", .post, "/api/pipelines/\(id)/cancel", expect: 409, storesNothing: true), as: ada)
      try await server.check(
        APIScenario("done", .post, "/api/pipelines/\(id)/resume", expect: 409, storesNothing: true), as: ada)
    }
  }

  @Test func `a plan tells what a pipeline would do and take, and stores nothing`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      try await server.upload(as: ada)
      try await server.check(
        APIScenario(
          "plan", .post, "/api/pipelines/plan", Self.body(Self.whole), expect: 200,
          contains: [
            "\"valid\":true", "Fine-tunes /models/base on data.json: 2 rows, 1 step on ",
            "the model bot-train",
            "\"steps\":1", "\"inputs\":{\"model\":[\"${steps.train.model}\"],\"name\":[\"bot-whole\"]}",
            "Merges the model of train into its base", "the index docs",
          ], storesNothing: true), as: ada)
      #expect(server.host.launched.isEmpty)
    }
  }

  @Test func `a training on what a step before it makes is estimated by it, or said to be unknown`()
    async throws
  {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let rows = (0..<20).map { "{\"instruction\": \"q \($0 % 10)\", \"output\": \"a \($0 % 10)\"}" }
      let form = Body.form(.file("data.jsonl", rows.joined(separator: "\n") + "\n"))
      _ = try await server.send(.post, "/api/files/datasets", form, as: ada)
      func text(_ dataset: String) -> String {
        """
        name: tidy
        steps:
          - {id: clean, kind: prepare, dataset: data.jsonl, dedupe: {}, name: clean.jsonl}
          - {id: parts, kind: prepare, dataset: "${steps.clean.dataset}", split: {eval: 0.2}}
          - {kind: train, model: /models/base, dataset: "\(dataset)", epochs: 3, batch_size: 1, arguments: {gradient_accumulation_steps: 1}}
        """
      }
      try await server.check(
        APIScenario(
          "known", .post, "/api/pipelines/plan", Self.body(text("${steps.clean.dataset}")), expect: 200,
          contains: ["\"valid\":true", ": about 10 rows, ", "\"estimate\""], lacks: ["not known"],
          storesNothing: true), as: ada)
      try await server.check(
        APIScenario(
          "unknown", .post, "/api/pipelines/plan", Self.body(text("${steps.parts.dataset}")), expect: 200,
          contains: [
            "\"valid\":true", "What it takes is not known before there is the dataset of parts.",
          ], lacks: [": about ", "\"estimate\""], storesNothing: true), as: ada)
    }
  }

  @Test func `data is prepared before it is used, once, and again after a failure it is what is there`()
    async throws
  {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let rows = (0..<20).map { "{\"instruction\": \"q \($0 % 10)\", \"output\": \"a \($0 % 10)\"}" }
      let form = Body.form(.file("data.jsonl", rows.joined(separator: "\n") + "\n"))
      _ = try await server.send(.post, "/api/files/datasets", form, as: ada)
      func text(_ split: String) -> String {
        """
        name: tidy
        steps:
          - {id: clean, kind: prepare, dataset: data.jsonl, dedupe: {}, name: clean.jsonl}
          - {id: parts, kind: prepare, dataset: "${steps.clean.dataset}", split: \(split)}
          - {kind: index, name: docs, dataset: "${steps.parts.eval}"}
          - {kind: notify, message: "${steps.parts.dataset} has ${steps.clean.rows} with ${steps.parts.eval}"}
        """
      }
      try await server.check(
        APIScenario(
          "plan", .post, "/api/pipelines/plan", Self.body(text("{eval: 0.2}")), expect: 200,
          contains: [
            "Prepares data.jsonl: dedupe, 20 rows", "the dataset clean.jsonl of 10 rows", "10 rows: ",
          ],
          storesNothing: true), as: ada)
      // What would leave a part empty is found out when it is done: the dataset is not there yet.
      let began = try await server.send(.post, "/api/pipelines", Self.body(text("{eval: 0.01}")), as: ada)
      let failed = try await Self.wait(try began.string("pipeline_id"), for: "failed", server, ada)
      #expect(
        failed["steps"]?.items.map { $0["status"]?.string } == ["completed", "failed", "pending", "pending"])
      func files() async throws -> [String] {
        let list = try await server.send(.get, "/api/files/datasets", as: ada)
        return (list.json["files"]?.items.compactMap { $0["filename"]?.string } ?? []).sorted()
      }
      #expect(try await files() == ["clean.jsonl", "data.jsonl"])
      let again = try await server.send(.post, "/api/pipelines", Self.body(text("{eval: 0.2}")), as: ada)
      let done = try await Self.wait(try again.string("pipeline_id"), for: "completed", server, ada)
      let all = ["clean-eval.jsonl", "clean-train.jsonl", "clean.jsonl", "data.jsonl"]
      #expect(try await files() == all)
      #expect(done["steps"]?[1]?["outputs"]?["dataset"]?["name"]?.string == "clean-train.jsonl")
      #expect(done["steps"]?[1]?["outputs"]?["eval"]?["name"]?.string == "clean-eval.jsonl")
      let events = try await server.eventKinds(after: 0, for: ada)
      #expect(events.contains("pipeline.notice"))
      let lossy = "name: x\nsteps:\n  - {kind: prepare, dataset: data.jsonl, convert: {format: pretraining}}"
      try await server.check(
        APIScenario(
          "lossy", .post, "/api/pipelines", Self.body(lossy), expect: 422,
          contains: ["would be lost", "steps[0].convert"], storesNothing: true), as: ada)
    }
  }

  @Test func `everything that is wrong is told at once, with place and line`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let text = """
        name: bot
        steps:
          - kind: train
            model: /models/nowhere
            dataset: nothing.json
          - kind: merge
            model: nobody
        """
      let plan = try await server.send(.post, "/api/pipelines/plan", Self.body(text), as: ada)
      #expect(plan.json["valid"] == false)
      let problems = plan.json["problems"]?.items ?? []
      #expect(
        problems.map { $0["path"]?.string } == ["steps[0].dataset", "steps[0].model", "steps[1].model"])
      #expect(problems.map { $0["line"] } == [5, 4, 7])
      try await server.check(
        APIScenario(
          "run", .post, "/api/pipelines", Self.body(text), expect: 404,
          contains: ["3 problems", "steps[1].model", "line 5"], storesNothing: true), as: ada)
      for text in [
        "", "name: [", "&a [*a]", "name: !!python/object:os.system x", "a: 1\n---\nb: 2", "{\"name\": 1}",
        String(repeating: "- ", count: 5000), String(repeating: "[", count: 100_000),
        "name: x\nsteps:\n  - kind: notify\n    message: " + String(repeating: "a", count: 300_000),
      ] {
        try await server.check(
          APIScenario(
            "bad file", .post, "/api/pipelines", Self.body(text), expect: 422, contains: ["line "],
            storesNothing: true), as: ada)
      }
    }
  }

  @Test func `another's dataset, model and index are not found, and neither is another's run`() async throws {
    try await TestServer.run { server in
      let (ada, bob) = (try await server.register("ada"), try await server.register("bob"))
      let dataset = try await server.upload("mine.json", as: ada)
      server.host.addModel("/models/tuned", kind: .adapter, base: "/models/base")
      let model = try await server.send(
        .post, "/api/files/models", .json(["model_path": "/models/tuned", "name": "mine"]), as: ada
      ).string("model_id")
      for (name, model) in [("mine.json", "mine"), (dataset, model)] {
        let text = """
          name: theft
          steps:
            - {id: a, kind: train, model: /models/base, dataset: \(name)}
            - {id: b, kind: serve, model: \(model)}
            - {id: c, kind: merge, model: \(model)}
            - {id: d, kind: evaluate, model: \(model), dataset: \(name)}
            - {id: e, kind: index, name: docs, dataset: \(name)}
            - {id: f, kind: prepare, dataset: \(name), dedupe: {}}
          """
        let plan = try await server.send(.post, "/api/pipelines/plan", Self.body(text), as: bob)
        let problems = plan.json["problems"]?.items ?? []
        #expect(
          problems.map { $0["path"]?.string } == [
            "steps[0].dataset", "steps[1].model", "steps[2].model", "steps[3].model", "steps[3].dataset",
            "steps[4].dataset", "steps[5].dataset",
          ])
        #expect(problems.allSatisfy { ["not_found", "model_missing"].contains($0["code"]?.string) })
        try await server.check(
          APIScenario("run", .post, "/api/pipelines", Self.body(text), expect: 404, storesNothing: true),
          as: bob)
      }
      let told = "name: told\nsteps:\n  - kind: notify\n    message: mine"
      let id = try await server.send(.post, "/api/pipelines", Self.body(told), as: ada).string("pipeline_id")
      _ = try await Self.wait(id, for: "completed", server, ada)
      #expect(try await server.send(.get, "/api/pipelines", as: bob).json["pipelines"]?.items.isEmpty == true)
      #expect(try await !server.eventKinds(after: 0, for: bob).contains("pipeline.notice"))
      try await server.check(
        APIScenario("show", .get, "/api/pipelines/\(id)", expect: 404, lacks: ["told"]), as: bob)
    }
  }

  @Test func `cancelling stops the training, and resuming goes on with the same task`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      try await server.upload(as: ada)
      let text = """
        name: bot
        steps:
          - {kind: train, model: /models/base, dataset: data.json}
          - {kind: notify, message: done}
        """
      let id = try await server.send(.post, "/api/pipelines", Self.body(text), as: ada).string("pipeline_id")
      let first = try await server.launched(1)
      // The run is noted down as far as it goes by itself.
      _ = try await server.waitUntil("the training runs") {
        let task = try await server.send(.get, "/api/tasks", as: ada).json["tasks"]?[0]
        let step = try await Self.pipeline(id, server, ada)["steps"]?[0]
        let isNoted = step?["status"] == "running" && step?["task_id"]?.string != nil
        return task?["status"] == "running" && isNoted ? true : nil
      }
      let before = try await Self.told(id, server, ada)
      try await server.check(
        APIScenario("resume", .post, "/api/pipelines/\(id)/resume", expect: 409), as: ada)
      try await server.check(APIScenario("delete", .delete, "/api/pipelines/\(id)", expect: 409), as: ada)
      let after = try await Self.told(id, server, ada)
      #expect(after == before)
      let asked = try await server.send(.post, "/api/pipelines/\(id)/cancel", as: ada)
      #expect(asked.status == 200)
      let cancelled = try await Self.wait(id, for: "cancelled", server, ada)
      #expect(server.host.stopped == [first.directory])
      #expect(cancelled["steps"]?[0]?["status"] == "cancelled")
      #expect(cancelled["steps"]?[1]?["status"] == "pending")
      let resumed = try await server.send(.post, "/api/pipelines/\(id)/resume", as: ada)
      #expect(resumed.json["status"] == "running", "\(resumed.text)")
      let second = try await server.launched(2)
      server.host.complete(second)
      let done = try await Self.wait(id, for: "completed", server, ada)
      #expect(done["steps"]?[0]?["attempt"] == 2)
      let tasks = try await server.send(.get, "/api/tasks", as: ada).json["tasks"]?.items ?? []
      #expect(tasks.count == 1 && tasks[0]["task_id"] == done["steps"]?[0]?["task_id"])
    }
  }

  @Test func `a failed training fails the run, says why, and nothing behind it is done`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      try await server.upload(as: ada)
      let text = """
        name: bot
        steps:
          - {kind: train, model: /models/base, dataset: data.json}
          - {kind: notify, message: done}
        """
      let id = try await server.send(.post, "/api/pipelines", Self.body(text), as: ada).string("pipeline_id")
      server.host.end(try await server.launched(1).directory, exitCode: 1)
      let failed = try await Self.wait(id, for: "failed", server, ada)
      #expect(failed["steps"]?[0]?["failure"]?["code"] == "task_failed")
      #expect(try await !server.eventKinds(after: 0, for: ada).contains("pipeline.notice"))
    }
  }

  @Test func `the same key begins one run, whatever comes with it the second time`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let text = "name: told\nsteps:\n  - kind: notify\n    message: once"
      var ids: Set<String> = []
      for _ in 0..<2 {
        let answer = try await server.send(
          .post, "/api/pipelines", Self.body(text), as: ada, fields: [("Idempotency-Key", "k")])
        ids.insert(try answer.string("pipeline_id"))
      }
      #expect(ids.count == 1)
    }
  }

  @Test
  func `a webhook gets the message, and one inside of this network is not called where that is forbidden`()
    async throws
  {
    try await Upstream.run({ _, _ in Upstream.json("{}") }) { upstream in
      let text = """
        name: told
        steps:
          - {kind: notify, message: it is done, webhook: "\(upstream.base)/hook?key=secret"}
        """
      try await TestServer.run { server in
        let ada = try await server.register("ada")
        let id = try await server.send(.post, "/api/pipelines", Self.body(text), as: ada).string(
          "pipeline_id")
        let done = try await Self.wait(id, for: "completed", server, ada)
        #expect(!"\(done)".contains("secret"))
        #expect(upstream.requests.count == 1)
      }
      try await TestServer.run(["LUTHIER_ALLOW_PRIVATE_UPSTREAMS": "false"]) { server in
        let ada = try await server.register("ada")
        let id = try await server.send(.post, "/api/pipelines", Self.body(text), as: ada).string(
          "pipeline_id")
        let failed = try await Self.wait(id, for: "failed", server, ada)
        #expect(failed["steps"]?[0]?["failure"]?["code"] == "forbidden")
        #expect(!"\(failed)".contains("secret"))
        #expect(upstream.requests.count == 1)
      }
    }
  }

  @Test func `the published schema has the fields that the check takes`() {
    #expect(PipelineSchema.kinds.map(\.name) == PipelineStep.Kind.allCases.map(\.rawValue))
    for kind in PipelineSchema.kinds {
      let fields = PipelineStep.Kind(rawValue: kind.name)?.fieldNames ?? [:]
      #expect(Set(kind.fields.map(\.name)) == Set(fields.keys), "\(kind.name)")
      #expect(Set(kind.required) == Set(fields.filter(\.value).keys), "\(kind.name)")
    }
  }
}
