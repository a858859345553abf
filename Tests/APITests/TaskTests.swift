import Contract
import Domain
import HTTPWire
import Services
import Testing

/// P8 to P11: a task's whole life, on a host whose jobs end when the test says so.
@Suite struct TaskTests {
  @Test func `a task trains, is told step by step, and becomes a model by itself`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let begun = try await server.events.newestSequence()
      let answer = try await server.send(.post, "/api/tasks", .json(TestServer.task), as: user)
      let task = try answer.string("task_id")
      #expect(try answer.string("status") == "queued")
      let job = try await server.launched(1)
      #expect(Array(job.arguments.prefix(2)) == ["/opt/trainer/llamafactory-cli", "train"])
      #expect(job.directory == "\(server.usersFolder)/\(user.id)/models/\(task)/attempts/1")
      try await server.wait(task, for: "running", as: user)
      server.host.append(
        "{\"current_steps\": 5, \"total_steps\": 10, \"loss\": 1.5, \"lr\": 1e-05, \"epoch\": 1.5, "
          + "\"percentage\": 50.0, \"elapsed_time\": \"0:00:05\", \"remaining_time\": \"0:00:05\"}\n",
        to: "\(server.host.output(of: job))/trainer_log.jsonl")
      let halfway = try await server.waitUntil("there is progress") {
        let shown = try await server.send(.get, "/api/tasks/\(task)", as: user)
        return shown.json["progress"] == nil ? nil : shown.json
      }
      #expect(halfway["progress"]?["step"] == 5)
      #expect(halfway["progress"]?["percentage"]?.double == 50)
      #expect(halfway["progress"]?["remaining_seconds"]?.double == 5)
      server.host.complete(job)
      let done = try await server.wait(task, for: "completed", as: user)
      #expect(done["progress"]?["step"] == 10)
      #expect(done["reason"] == nil || done["reason"] == .null)
      let models = try await server.send(.get, "/api/files/models", as: user)
      #expect(models.json["models"]?.items.count == 1)
      #expect(models.json["models"]?[0]?["task_id"]?.string == task)
      #expect(models.json["models"]?[0]?["kind"] == "adapter")
      #expect(models.json["models"]?[0]?["base_model_path"] == "/models/base")
      #expect(done["model_id"] == models.json["models"]?[0]?["model_id"])
      let kinds = try await server.eventKinds(after: begun, for: user)
      #expect(
        kinds == [
          "task.changed", "task.changed", "task.changed", "task.progress", "task.progress", "task.changed",
          "model.added",
        ])
    }
  }

  @Test func `a line of metrics comes with the news of it, and what did not fit or was not whole is read`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit([:], as: user)
      let job = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      let path = "\(server.host.output(of: job))/trainer_log.jsonl"
      func step(_ number: Int, _ text: String) async throws {
        server.host.append(text, to: path)
        _ = try await server.waitUntil("step \(number)") {
          let shown = try await server.send(.get, "/api/tasks/\(task)", as: user)
          return shown.json["progress"]?["step"] == .integer(Int64(number)) ? true : nil
        }
      }
      func line(_ number: Int) -> String {
        "{\"current_steps\": \(number), \"total_steps\": 100, \"loss\": 1}\n"
      }
      try await step(1, line(1))
      let read = server.host.reads.count { $0 == path }
      try await step(2, line(2))
      try await step(3, line(3))
      #expect(server.host.reads.count { $0 == path } == read, "what came along was read once more")
      // More than comes along.
      try await step(60, (4...60).map { line($0) + String(repeating: "\n", count: 50) }.joined())
      // A line in two pieces is taken when it is whole, and once.
      server.host.append(String(line(61).prefix(20)), to: path)
      try await step(61, String(line(61).dropFirst(20)))
      #expect(server.host.reads.count { $0 == path } > read)
      server.host.complete(job)
      try await server.wait(task, for: "completed", as: user)
      let shown = try await server.send(.get, "/api/tasks/\(task)/metrics", as: user)
      #expect(shown.json["metrics"]?.items.map { $0["step"]?.integer ?? 0 } == Array(1...61) + [10])
    }
  }

  @Test func `how long a training takes is told by the user's own that were like it, and else not at all`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let other = try await server.register("eve")
      for one in [user, other] { try await server.upload(as: one) }
      func estimate(_ more: [String: JSONValue] = [:], as one: User) async throws -> JSONValue {
        let answer = try await server.send(
          .post, "/api/tasks/estimate",
          .json(.object(TestServer.task.fields.merging(more) { _, new in new })), as: one)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
      }
      #expect(try await estimate(as: user)["time"] == nil)
      let task = try await server.submit([:], as: user)
      let job = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      server.host.append(
        "{\"current_steps\": 10, \"total_steps\": 10, \"loss\": 1.5, \"lr\": 1e-05, \"epoch\": 1.5, "
          + "\"percentage\": 100.0, \"elapsed_time\": \"0:00:50\", \"remaining_time\": \"0:00:00\"}\n",
        to: "\(server.host.output(of: job))/trainer_log.jsonl")
      _ = try await server.waitUntil("there is progress") {
        let shown = try await server.send(.get, "/api/tasks/\(task)", as: user)
        return shown.json["progress"] == nil ? nil : shown.json
      }
      let seen = try await estimate(as: user)
      let steps = try #require(seen["steps"]?.double)
      #expect(seen["time"]?["trainings"]?.integer == 1)
      #expect(seen["time"]?["seconds"]?.double?.rounded() == 5 * steps, "\(seen)")
      // Twice the epochs are twice the time; another method, and another user, know nothing of it.
      let twice = try await estimate(["epochs": 6], as: user)
      #expect(twice["time"]?["seconds"]?.double?.rounded() == 5 * (twice["steps"]?.double ?? 0))
      #expect(try await estimate(["arguments": ["finetuning_type": "full"]], as: user)["time"] == nil)
      #expect(try await estimate(as: other)["time"] == nil)
    }
  }

  @Test func `the files given to the trainer name the data, and nothing a user typed is a command`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload("a'; rm -rf $HOME.json", TestServer.alpaca, as: user)
      let task = try await server.submit(
        ["name": "$(touch /tmp/x); `id`", "dataset_path": "a'; rm -rf $HOME.json"], as: user)
      let job = try await server.launched(1)
      #expect(job.arguments.count == 3)
      let configuration = try #require(server.host.text(at: "\(job.directory)/train.yaml"))
      #expect(configuration.contains("model_name_or_path: \"/models/base\""))
      #expect(!configuration.contains("touch"))
      let info = try #require(server.host.text(at: "\(job.directory)/data/dataset_info.json"))
      #expect(info.contains("a'; rm -rf $HOME.json"))
      let shown = try await server.send(.get, "/api/tasks/\(task)", as: user)
      #expect(shown.json["name"] == "$(touch /tmp/x); `id`")
      #expect(shown.json["ssh_command"]?.string?.contains("llamafactory-cli train") == true)
      #expect(shown.json["ssh_command"]?.string?.contains("touch") == false)
    }
  }

  @Test func `a repeat with the same key is the same task`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let other = try await server.register("bob")
      for who in [user, other] { try await server.upload(as: who) }
      func submit(_ key: String, as who: User) async throws -> String {
        try await server.send(
          .post, "/api/tasks", .json(TestServer.task), as: who, fields: [("Idempotency-Key", key)]
        ).string("task_id")
      }
      let first = try await submit("one", as: user)
      _ = try await server.launched(1)
      try await server.wait(first, for: "running", as: user)
      let before = try await server.footprint()
      #expect(try await submit("one", as: user) == first)
      #expect(try await server.footprint() == before)
      #expect(try await submit("two", as: user) != first)
      #expect(try await submit("one", as: other) != first)
      for key in [String(repeating: "k", count: 201)] {
        try await server.check(
          APIScenario(
            "a bad key", .post, "/api/tasks", .json(TestServer.task), fields: [("Idempotency-Key", key)],
            expect: 422), as: user)
      }
    }
  }

  @Test func `repeats at the same time make one task`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let ids = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await server.send(
              .post, "/api/tasks", .json(TestServer.task), as: user, fields: [("Idempotency-Key", "same")]
            ).string("task_id")
          }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      let list = try await server.send(.get, "/api/tasks", as: user)
      #expect(list.json["tasks"]?.items.count == 1)
    }
  }

  @Test func `one slot takes one task at a time: higher priority first, then the longest waiting`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let first = try await server.submit(["name": "first"], as: user)
      _ = try await server.launched(1)
      let plain = try await server.submit(["name": "plain"], as: user)
      let late = try await server.submit(["name": "late"], as: user)
      let urgent = try await server.submit(["name": "urgent", "priority": 5], as: user)
      let low = try await server.submit(["name": "low", "priority": -5], as: user)
      let list = try await server.send(.get, "/api/tasks?status=queued", as: user)
      let positions = Dictionary(
        uniqueKeysWithValues: (list.json["tasks"]?.items ?? []).map {
          ($0["name"]?.string ?? "", $0["queue_position"]?.integer ?? -1)
        })
      #expect(positions == ["urgent": 0, "plain": 1, "late": 2, "low": 3])
      let order = [first, urgent, plain, late, low]
      for (place, task) in order.enumerated() {
        let job = try await server.launched(place + 1)
        #expect(job.directory.contains(task), "place \(place)")
        #expect(server.host.launched.count == place + 1)
        server.host.complete(job)
        try await server.wait(task, for: "completed", as: user)
      }
    }
  }

  @Test func `two slots run two tasks and no third`() async throws {
    try await TestServer.run(["LUTHIER_SLOTS": "2"]) { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      var tasks: [String] = []
      for number in 0..<4 { tasks.append(try await server.submit(["name": .string("t\(number)")], as: user)) }
      for task in tasks.prefix(2) { try await server.wait(task, for: "running", as: user) }
      #expect(try await server.status(tasks[2], as: user) == "queued")
      let host = try await server.send(.get, "/api/hosts/local", as: user)
      #expect(host.json["slots"] == 2)
      #expect(host.json["slots_in_use"] == 2)
      server.host.complete(try await server.launched(2))
      _ = try await server.launched(3)
      #expect(server.host.launched.count == 3)
    }
  }

  @Test func `a waiting task is cancelled at once, a running one by its stop ladder, an ended one not`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let running = try await server.submit(as: user)
      let job = try await server.launched(1)
      try await server.wait(running, for: "running", as: user)
      let waiting = try await server.submit(as: user)
      let at = try await server.send(.post, "/api/tasks/\(waiting)/cancel", as: user)
      #expect(try at.string("status") == "cancelled")
      #expect(at.json["reason"]?["code"] == "cancelled")
      let stopped = try await server.send(.post, "/api/tasks/\(running)/cancel", as: user)
      #expect(stopped.status == 200)
      #expect(stopped.json["cancel_requested"] == true)
      try await server.wait(running, for: "cancelled", as: user)
      #expect(server.host.stopped.contains(job.directory))
      for task in [running, waiting] {
        try await server.check(
          APIScenario(
            "cancelled twice", .post, "/api/tasks/\(task)/cancel", expect: 409, contains: ["ended already"],
            storesNothing: true), as: user)
      }
      #expect(server.host.launched.count == 1)
    }
  }

  @Test func `a graceful stop that saved its adapter leaves a model`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      server.host.setEndsWhenStopped(false)
      let task = try await server.submit(as: user)
      let job = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      let asked = try await server.send(.post, "/api/tasks/\(task)/cancel", as: user)
      #expect(try asked.string("status") == "running")
      server.host.addModel(server.host.output(of: job), kind: .adapter, base: "/models/base")
      server.host.end(job.directory, exitCode: 0, stopped: true)
      let ended = try await server.wait(task, for: "cancelled", as: user)
      #expect(ended["model_id"]?.string != nil)
    }
  }

  @Test func `an ended task is retried as a new attempt, an unfinished one is not`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(as: user)
      let job = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      try await server.check(
        APIScenario(
          "retried too early", .post, "/api/tasks/\(task)/retry", .json([:]), expect: 409, storesNothing: true
        ), as: user)
      server.host.append(
        "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB\n", to: "\(job.directory)/train.log")
      server.host.end(job.directory, exitCode: 1)
      let failed = try await server.wait(task, for: "failed", as: user)
      #expect(failed["reason"]?["code"] == "out_of_memory_gpu")
      #expect(failed["reason"]?["hint"]?.string?.isEmpty == false)
      #expect(failed["reason"]?["hint_zh"]?.string?.isEmpty == false)
      server.host.append("x", to: "\(server.host.output(of: job))/checkpoint-5/weights")
      server.host.append("x", to: "\(server.host.output(of: job))/checkpoint-40/weights")
      let again = try await server.send(.post, "/api/tasks/\(task)/retry", .json(["resume": true]), as: user)
      #expect(again.status == 200)
      #expect(again.json["attempt"] == 2)
      #expect(again.json["reason"] == nil || again.json["reason"] == .null)
      let second = try await server.launched(2)
      #expect(second.directory.hasSuffix("/attempts/2"))
      let configuration = try #require(server.host.text(at: "\(second.directory)/train.yaml"))
      #expect(configuration.contains("checkpoint-40"))
      server.host.complete(second)
      let done = try await server.wait(task, for: "completed", as: user)
      #expect(done["attempts"]?.items.count == 2)
      #expect(
        done["attempts"]?.items.compactMap { $0["status"]?.string }.sorted() == ["completed", "failed"])
    }
  }

  @Test func `a fresh attempt resumes nothing and removes the checkpoints before it`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(as: user)
      let job = try await server.launched(1)
      server.host.append("x", to: "\(server.host.output(of: job))/checkpoint-5/weights")
      server.host.end(job.directory, exitCode: 1)
      try await server.wait(task, for: "failed", as: user)
      _ = try await server.send(.post, "/api/tasks/\(task)/retry", .json(["resume": false]), as: user)
      let second = try await server.launched(2)
      #expect(server.host.text(at: "\(second.directory)/train.yaml")?.contains("checkpoint-5") == false)
      #expect(!server.host.paths.contains { $0.contains("checkpoint-5") })
    }
  }

  @Test func `an ended task is deleted with its log, and its model stays`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(as: user)
      let job = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      try await server.check(
        APIScenario("running", .delete, "/api/tasks/\(task)", expect: 409, events: [], storesNothing: true),
        as: user)
      server.host.complete(job)
      try await server.wait(task, for: "completed", as: user)
      try await server.check(
        APIScenario("ended", .delete, "/api/tasks/\(task)", expect: 200, events: ["task.deleted"]), as: user)
      #expect(try await server.send(.get, "/api/tasks/\(task)", as: user).status == 404)
      #expect(try await server.send(.get, "/api/files/models", as: user).json["models"]?.items.count == 1)
      #expect(!server.host.paths.contains { $0.contains("/attempts/") })
      let available = try await server.send(.get, "/api/models/available", as: user)
      #expect(available.json["models"]?.items.count == 1)
    }
  }

  @Test(
    arguments: [
      ["output_dir": "/etc"], ["dataset_dir": "/etc"], ["trust_remote_code": true], ["push_to_hub": true],
      ["hub_token": "x"], ["deepspeed": "/etc/x.json"], ["cache_dir": "/tmp"], ["report_to": "wandb"],
      ["model_name_or_path": "/etc"], ["no_such_argument": 1], ["lora_rank": "many"], ["lora_rank": -1],
      ["learning_rate": 5], ["template": "no-such"], ["seed": [1]], ["stage": "ppo-x"], ["stage": "dpo"],
      ["cutoff_len": 1e300], ["lora_target": "${oc.env:HOME}"], ["tokenized_path": "/x"], ["": 1],
      ["a\u{0}b": 1], ["../x": 1], ["__class__": "x"],
    ] as [JSONValue])
  func `an argument that escapes or cannot be is refused before anything is stored`(arguments: JSONValue)
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      for route in ["/api/tasks", "/api/tasks/preview"] {
        try await server.check(
          APIScenario(
            "\(arguments.text)", .post, route,
            .json(TestServer.task.fields.merging(["arguments": arguments]) { _, new in new }.json),
            expect: 422,
            events: [], storesNothing: true), as: user)
      }
      #expect(server.host.launched.isEmpty)
    }
  }

  @Test func `output_dir is taken from older clients and not used`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(["output_dir": "/etc/cron.d"], as: user)
      let job = try await server.launched(1)
      #expect(server.host.text(at: "\(job.directory)/train.yaml")?.contains("/etc/cron.d") == false)
      let shown = try await server.send(.get, "/api/tasks/\(task)", as: user)
      #expect(shown.json["output_dir"]?.string == "\(server.usersFolder)/\(user.id)/models/\(task)")
    }
  }

  @Test func `what cannot succeed is said at the submission`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let cases: [(String, JSONValue, Int)] = [
        ("an unknown host", ["host_id": "elsewhere"], 404), ("a hostile host", ["host_id": "../x"], 404),
        ("an unknown dataset", ["dataset_path": "no.json"], 404),
        ("no dataset", ["dataset_path": ","], 422), ("no model there", ["model_name": "/models/none"], 404),
        ("a model that is no folder", ["model_name": "a b"], 422),
      ]
      for (what, more, status) in cases {
        let body = TestServer.task.fields.merging(more.fields) { _, new in new }.json
        try await server.check(
          APIScenario(
            what, .post, "/api/tasks", .json(body), expect: status, events: [], storesNothing: true), as: user
        )
      }
    }
  }

  @Test func `a preview shows what would run and stores nothing`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let answer = try await server.check(
        APIScenario(
          "preview", .post, "/api/tasks/preview",
          .json(
            TestServer.task.fields.merging(["epochs": 2, "arguments": ["lora_rank": 16]]) { _, new in new }
              .json),
          expect: 200, contains: ["lora_rank: 16"], events: [], storesNothing: true), as: user)
      #expect(try answer.string("command").contains("--num_train_epochs 2"))
      #expect(try answer.string("template") == "qwen")
      #expect(answer.json["warnings"]?.items.isEmpty == false)  // two rows do not fill a batch of four
      #expect(server.host.launched.isEmpty)
    }
  }

  @Test func `without a trainer on the host the task fails and says so`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      server.host.setTrainer(
        TrainerFacts(command: nil, version: nil, torch: nil, problem: "It is not installed."))
      let task = try await server.submit(as: user)
      let failed = try await server.wait(task, for: "failed", as: user)
      #expect(failed["reason"]?["code"] == "not_installed")
      #expect(failed["attempts"]?[0]?["status"] == "failed")
      #expect(server.host.launched.isEmpty)
      // The slot is free again.
      server.host.setTrainer(TrainerFacts(command: "/opt/cli", version: nil, torch: nil, problem: nil))
      _ = try await server.submit(as: user)
      _ = try await server.launched(1)
    }
  }

  @Test func `a host that cannot be reached does not end a task, which goes on when it is back`() async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(as: user)
      let job = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      server.host.setReachable(false)
      let lost = try await server.waitUntil("the loss is shown") {
        let shown = try await server.send(.get, "/api/tasks/\(task)", as: user).json
        return shown["unreachable_since"]?.string == nil ? nil : shown
      }
      #expect(lost["status"] == "running")
      let hosts = try await server.send(.get, "/api/hosts", as: user)
      #expect(hosts.json["hosts"]?[0]?["reachable"] == false)
      for path in ["logs", "metrics"] {
        let answer = try await server.send(.get, "/api/tasks/\(task)/\(path)", as: user)
        #expect(answer.status == 503)
        #expect(answer.json["origin"] == "host")
      }
      // The trainer ends while nobody can see it.
      server.host.complete(job)
      server.host.setReachable(true)
      let done = try await server.wait(task, for: "completed", as: user)
      #expect(done["unreachable_since"] == nil || done["unreachable_since"] == .null)
      #expect(server.host.launched.count == 1)
    }
  }

  @Test func `what a training may set is listed with its default, and what is refused is not`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let options = try await server.send(.get, "/api/training/options", as: user).json
      let arguments = options["arguments"]?.items ?? []
      func argument(_ name: String) -> JSONValue? { arguments.first { $0["name"]?.string == name } }
      #expect(argument("lora_rank")?["default_json"] == "8")
      #expect(argument("logging_steps")?["default_json"] == "5")
      #expect(argument("lora_alpha")?["expectation"] == "an integer or null")
      #expect(argument("stage")?["choices"]?.items.contains("dpo") == true)
      #expect(options["templates"]?.items.contains("qwen") == true)
      for refused in ["output_dir", "trust_remote_code", "push_to_hub", "hf_hub_token"] {
        #expect(argument(refused) == nil, "\(refused)")
      }
      #expect(arguments.count > 150)
      #expect(try await server.send(.get, "/api/training/options").status == 401)
    }
  }

  @Test func `a task submitted while the host is away waits for it`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      server.host.setReachable(false)
      let task = try await server.submit(as: user)
      _ = try await server.waitUntil("the loss is shown") {
        try await server.send(.get, "/api/tasks/\(task)", as: user).json["unreachable_since"]?.string
      }
      server.host.setReachable(true)
      server.host.complete(try await server.launched(1))
      try await server.wait(task, for: "completed", as: user)
    }
  }

  @Test func `a cancel while the host is away is done when it is back`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(as: user)
      let job = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      server.host.setReachable(false)
      let asked = try await server.send(.post, "/api/tasks/\(task)/cancel", as: user)
      #expect(asked.status == 200)
      #expect(try asked.string("status") == "running")
      #expect(server.host.stopped.isEmpty)
      server.host.setReachable(true)
      try await server.wait(task, for: "cancelled", as: user)
      #expect(server.host.stopped.contains(job.directory))
    }
  }

  @Test func `a task whose host was taken out of the settings waits for it, and is not carried in circles`()
    async throws
  {
    let folder = try TestServer.makeFolder()
    defer { TestServer.removeFolder(folder) }
    let (user, task) = try await TestServer.run(keepingIn: folder) { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let task = try await server.submit(as: user)
      try await server.wait(task, for: "running", as: user)
      return (user, task)
    }
    try await TestServer.run(hosts: ["another"], keepingIn: folder) { server in
      _ = try await server.waitUntil("the loss is shown") {
        try await server.send(.get, "/api/tasks/\(task)", as: user).json["unreachable_since"]?.string
      }
      #expect(try await server.status(task, as: user) == "running")
      #expect(server.host.launched.isEmpty)
    }
  }

  @Test func `a list is narrowed by status and limit, newest first`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload(as: user)
      let old = try await server.submit(["name": "old"], as: user)
      server.host.complete(try await server.launched(1))
      try await server.wait(old, for: "completed", as: user)
      server.clock.advance(seconds: 1)
      let new = try await server.submit(["name": "new"], as: user)
      func names(_ query: String) async throws -> [String] {
        let answer = try await server.send(.get, "/api/tasks\(query)", as: user)
        return (answer.json["tasks"]?.items ?? []).compactMap { $0["task_id"]?.string }
      }
      #expect(try await names("") == [new, old])
      #expect(try await names("?status=completed") == [old])
      #expect(try await names("?status=failed,cancelled").isEmpty)
      #expect(try await names("?limit=1") == [new])
    }
  }
}
