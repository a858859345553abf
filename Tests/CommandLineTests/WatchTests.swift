@testable import CommandLineTool
import Concurrency
import Contract
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Watching a task and following its log, through cuts.
struct WatchTests {
  /// A server whose task goes through `states`, one for each look at it, and whose streams are scripted.
  private final class Scene: Sendable {
    private let states: Mutex<[TaskReply]>
    private let streams: Mutex<[Response]>

    init(_ states: [TaskReply], streams: [Response]) {
      self.states = Mutex(states)
      self.streams = Mutex(streams)
    }

    private static func listed(_ id: String, _ name: String, _ stage: String? = nil) -> ListedModelReply {
      ListedModelReply(
        name: name, type: .sft, size: 1, modified: "2026-01-02T03:04:05.000Z",
        status: stage == nil ? .unloaded : .failed, group: "SFT", modelID: id, kind: .adapter, stage: stage,
        base: nil, host: "local", checkpoints: nil, lineage: nil, goneAt: nil, mergedFrom: nil, frees: nil,
        error: nil)
    }

    func answer(_ request: Request) throws -> Response {
      switch request.target.path {
      case "/api/events": return streams.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
      case "/api/tasks": return try .wire(TaskListReply(tasks: [states.withLock { $0[0] }]))
      case "/api/tasks/task-1":
        return try .wire(states.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
      case "/api/models":
        return try .wire(
          ListedModelsReply(models: [
            Self.listed("model-1", "my model"), Self.listed("model-2", "judge", "rm"),
          ]))
      default: return try .refusal(404, "not_found", "There is no such route.")
      }
    }
  }

  @Test func `whoever made a reward model is not sent to talk to it`() async throws {
    let scene = Scene(
      [Sample.task(.completed, step: 100, modelID: "model-2")], streams: [.stream(Self.ready)])
    try await TestServer.run(scene.answer) { server in
      let console = server.console()
      #expect(await console.run("task", "watch", "first") == .done)
      #expect(
        console.errors.text
          == "It scores answers and writes none. Its files: luthier model download judge\n")
    }
  }

  @Test func `a reward model is listed as one`() async throws {
    let scene = Scene([Sample.task(.completed)], streams: [.stream(Self.ready)])
    try await TestServer.run(scene.answer) { server in
      let console = server.console()
      #expect(await console.run("model", "list") == .done)
      let lines = console.output.text.split(separator: "\n")
      #expect(lines.filter { $0.contains("reward model") }.count == 1)
      #expect(lines.contains { $0.contains("judge") && $0.contains("reward model") })
      #expect(lines.contains { $0.contains("my model") && $0.contains("unloaded") })
    }
  }

  private static let ready = "event: ready\nid: 1\ndata: {\"sequence\":1}\n\n"

  private static func event(_ sequence: Int, _ subject: String = "task-1") -> String {
    "id: \(sequence)\nevent: task.progress\ndata: {\"sequence\":\(sequence),\"kind\":\"task.progress\","
      + "\"subject\":\"\(subject)\",\"at\":\"2026-01-02T03:04:05.000Z\",\"fields\":{}}\n\n"
  }

  @Test func `a file on its way to the host is told while a task is being staged`() async throws {
    let sending = SendingReply(file: "data.json", sent: 450_000, total: 1_000_000, percentage: 45)
    let scene = Scene(
      [Sample.task(.staging), Sample.task(.staging, sending: sending), Sample.task(.completed, step: 100)],
      streams: [.stream(Self.ready), .stream(Self.event(2)), .stream(Self.event(3))])
    try await TestServer.run(scene.answer) { server in
      let console = server.console()
      #expect(await console.run("task", "watch", "first") == .done)
      let lines = console.output.text.split(separator: "\n")
      #expect(lines.first == "first: staging")
      #expect(lines.dropFirst().first == "first: staging   45%  data.json: 450 kB of 1.0 MB sent")
    }
  }

  @Test func `a task is watched to its end in plain lines`() async throws {
    let scene = Scene(
      [
        Sample.task(.queued), Sample.task(.running, step: 50),
        Sample.task(.completed, step: 100, modelID: "model-1"),
      ],
      // Every piece is an occasion to look; each connection here brings one.
      streams: [.stream(Self.ready), .stream(Self.event(2)), .stream(Self.event(3))])
    try await TestServer.run(scene.answer) { server in
      let console = server.console()
      #expect(await console.run("task", "watch", "first") == .done)
      #expect(
        console.output.text == """
          first: queued
          first: running   50%  50/100  loss 1.5000  lr 5.00e-05  ETA 1:01
          first: completed  100%  100/100  loss 1.5000  lr 5.00e-05  ETA 1:01

          """)
      #expect(console.errors.text == "Talk to it: luthier chat --model 'my model'\n")
    }
  }

  @Test func `a cut stream and a server that is away do not end the watching`() async throws {
    let scene = Scene(
      [Sample.task(.running, step: 10), Sample.task(.failed, step: 20, reason: "The GPU's memory is full.")],
      streams: [
        .stream(Self.ready, isCut: true), try .refusal(503, "draining", "The server is going down."),
        try .refusal(503, "draining", "The server is going down."), .stream(Self.ready),
      ])
    try await TestServer.run(scene.answer) { server in
      let console = server.console()
      #expect(await console.run("task", "watch", "first") == .taskFailed)
      let told = console.errors.text
      #expect(told.components("Trying again").count == 2, "\(told)")  // said once, not for each attempt
      #expect(told.contains("The server is back."))
      #expect(told.contains("The GPU's memory is full.") && told.contains("Lower the batch size."))
      #expect(!console.output.text.contains("Trying again"))
      #expect(console.output.text.hasPrefix("first: running   10%"))
    }
  }

  @Test func `an event of another task is no occasion to look`() async throws {
    let looked = Gate()
    let apart = Response(
      fields: ["Content-Type": "text/event-stream"],
      body: .stream { writer in
        try await writer.write(Array(Self.ready.utf8))
        try await looked.wait()
        try await writer.write(Array(Self.event(2, "task-2").utf8))
      })
    let scene = Scene(
      [Sample.task(.running, step: 1), Sample.task(.cancelled)], streams: [apart, .stream(Self.ready)])
    try await TestServer.run { request in
      defer { if request.target.path == "/api/tasks/task-1" { looked.open() } }
      return try scene.answer(request)
    } _: { server in
      #expect(await server.console().run("task", "watch", "task-1") == .taskCancelled)
      // The second look came with the second connection, not with the other task's event.
      let looks = server.requests.filter { $0 == "GET /api/events" || $0 == "GET /api/tasks/task-1" }
      #expect(
        looks == ["GET /api/events", "GET /api/tasks/task-1", "GET /api/events", "GET /api/tasks/task-1"])
    }
  }

  @Test func `a task that is gone ends the watching with 4`() async throws {
    try await TestServer.run { request in
      switch request.target.path {
      case "/api/events": .stream(Self.ready)
      case "/api/tasks": try .wire(TaskListReply(tasks: [Sample.task(.running)]))
      default: try .refusal(404, "not_found", "The task was not found.")
      }
    } _: { server in
      #expect(await server.console().run("task", "watch", "first") == .notFound)
    }
  }

  @Test func `ctrl-c leaves the task running and says how to come back`() async throws {
    try await TestServer.run { request in
      guard request.target.path == "/api/events" else {
        return request.target.path == "/api/tasks"
          ? try .wire(TaskListReply(tasks: [Sample.task(.running)])) : try .wire(Sample.task(.running))
      }
      return Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          try await writer.write(Array(Self.ready.utf8))
          try await request.sleep(for: .seconds(600))
        })
    } _: { server in
      let test = server.console()
      async let code = test.run("task", "watch", "first")
      while !test.output.text.contains("running") { await Task.yield() }
      test.console.interrupts.fire()
      #expect(await code == .interrupted)
      #expect(test.errors.text == "The task runs on. Come back with: luthier task watch task-1\n")
      #expect(!server.requests.contains { $0.hasPrefix("POST") || $0.hasPrefix("DELETE") })
    }
  }

  @Test func `on a terminal one line is drawn over, and taken away at the end`() async throws {
    let scene = Scene(
      [Sample.task(.running, step: 10), Sample.task(.running, step: 11), Sample.task(.completed)],
      streams: [.stream(Self.ready), .stream(Self.event(2)), .stream(Self.event(3))])
    try await TestServer.run(scene.answer) { server in
      let console = server.console(outputIsTerminal: true, environment: ["NO_COLOR": "1"])
      #expect(await console.run("task", "watch", "first") == .done)
      let text = console.output.text
      #expect(text.components("\r\u{1B}[K").count == 4)
      #expect(text.contains("10/100") && text.contains("11/100"))
      #expect(text.hasSuffix("\r\u{1B}[Kfirst: completed\n"))
    }
  }

  @Test func `a followed log goes on after a cut with the next byte`() async throws {
    let asked = Mutex<[String]>([])
    func piece(_ text: String, _ from: Int) -> String {
      "event: log\nid: \(from + text.utf8.count)\ndata: {\"logs\":\"\(text)\",\"offset\":\(from),"
        + "\"next_offset\":\(from + text.utf8.count),\"size\":99,\"attempt\":1}\n\n"
    }
    let streams = Mutex([
      Response.stream(piece("two ", 4), isCut: true),
      // A piece that was sent before comes again: it is not shown twice.
      Response.stream(piece("two ", 4) + piece("three", 8) + "event: end\ndata: {}\n\n"),
    ])
    try await TestServer.run { request in
      switch request.target.path {
      case "/api/tasks": return try .wire(TaskListReply(tasks: [Sample.task(.running)]))
      case "/api/tasks/task-1/logs":
        return try .wire(TaskLogsReply(logs: "one ", offset: 0, nextOffset: 4, size: 4, attempt: 1))
      default:
        asked.withLock { $0.append(request.target.query["from"] ?? "-") }
        return streams.withLock { $0.removeFirst() }
      }
    } _: { server in
      let console = server.console()
      #expect(await console.run("task", "logs", "first", "--follow") == .done)
      #expect(console.output.text == "one two three")
      #expect(asked.withLock { $0 } == ["4", "8"])
    }
  }

  @Test func `events go on after the last one seen, as lines of JSON`() async throws {
    let asked = Mutex<[String]>([])
    try await TestServer.run { request in
      let last = request.fields["Last-Event-ID"] ?? "-"
      let count = asked.withLock { asked in
        asked.append(last)
        return asked.count
      }
      switch count {
      case 1: return .stream(Self.ready + Self.event(2), isCut: true)
      case 2: return .stream(Self.event(3))
      default: return try .refusal(401, "unauthenticated", "The token has expired.")
      }
    } _: { server in
      let console = server.console()
      #expect(await console.run("events") == .refused)
      #expect(asked.withLock { $0 } == ["-", "2", "3"])
      let lines = console.output.text.split(separator: "\n")
      #expect(lines.count == 2)
      #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }
  }

  @Test func `an ended task is not said to be stopping, nor the first in the queue to wait for others`() {
    #expect(TaskText.status(Sample.task(.cancelled, cancelRequested: true)) == "cancelled")
    #expect(TaskText.status(Sample.task(.running, cancelRequested: true)) == "running, stopping")
    #expect(TaskText.status(Sample.task(.queued, queuePosition: 0)) == "queued")
    #expect(TaskText.status(Sample.task(.queued, queuePosition: 2)) == "queued, 2 before it")
  }

  @Test func `a list says why tasks wait, the next ones first and not all of hundreds`() async throws {
    try await TestServer.run { _ in
      let tasks = (0..<12).reversed().map { ahead in
        let queue = QueueReply(
          position: ahead + 1, ahead: ahead, reason: "gpus_busy", message: "Waits for GPU 0, \(ahead) ahead.",
          messageZh: "", expectedSeconds: nil)
        return Sample.task(.queued, name: "n\(ahead)", queuePosition: ahead, queue: queue)
      }
      return try .wire(TaskListReply(tasks: tasks))
    } _: { server in
      let console = server.console()
      #expect(await console.run("task", "list") == .done)
      let said = console.output.text + console.errors.text
      #expect(said.contains("n0: Waits for GPU 0, 0 ahead."))
      #expect(said.contains("n9: Waits for GPU 0, 9 ahead."))
      #expect(!said.contains("Waits for GPU 0, 10 ahead."))
      #expect(said.contains("2 more wait."))
    }
  }

  @Test func `a submission sends what was set and nothing else`() async throws {
    let body = Mutex("")
    try await TestServer.run { request in
      #expect(request.fields["Idempotency-Key"] == "k1")
      let text = String(decoding: try await request.body.collect(), as: UTF8.self)
      body.withLock { $0 = text }
      return try .wire(CreateTaskReply(taskID: "task-1", status: .queued, message: "ok"))
    } _: { server in
      let console = server.console()
      let code = await console.run(
        "task", "submit", "--name", "n", "--model", "m", "--dataset", "a.json", "--dataset", "b.json",
        "--epochs",
        "0.5", "--set", "lora_rank=8", "--idempotency-key", "k1")
      #expect(code == .done)
      #expect(console.output.text == "Submitted n (task-1), queued.\n")
    }
    let sent = body.withLock { $0 }
    #expect(sent.contains("\"dataset_path\":\"a.json,b.json\"") && sent.contains("\"lora_rank\":8"))
    #expect(sent.contains("\"epochs\":0.5") && !sent.contains("batch_size") && !sent.contains("null"))
  }
}

extension String {
  /// The pieces between `separator`.
  func components(_ separator: String) -> [Substring] {
    var pieces: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      pieces.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return pieces + [rest]
  }
}
