@testable import API
import Contract
import Domain
import HTTPWire
import Testing

/// P10: a task's log and metrics, by piece and live, and the event stream.
@Suite struct TaskStreamTests {
  private static func running(_ server: TestServer) async throws -> (user: User, task: String, job: JobSpec) {
    let user = try await server.register("ada")
    try await server.upload(as: user)
    let task = try await server.submit(as: user)
    let job = try await server.launched(1)
    try await server.wait(task, for: "running", as: user)
    return (user, task, job)
  }

  @Test func `a bar that was cleared leaves no blanks before what comes in the next piece`() {
    let shown = { (text: String) in LogText.display(Array(text.utf8)[...]) }
    #expect(shown("a\r 50%|##  |\r         \r") == "\r")
    #expect(shown("one\n 50%|##  |\r         \r") == "one\n")
    #expect(shown("one\n 50%|##  |\r      \r{'loss': 1}\n") == "one\n{'loss': 1}\n")
    #expect(shown("one\r\ntwo\r\n") == "\rone\ntwo\n")
  }

  @Test func `a log is read by piece, whole characters at a time`() async throws {
    try await TestServer.run { server in
      let (user, task, job) = try await Self.running(server)
      let empty = try await server.send(.get, "/api/tasks/\(task)/logs", as: user)
      #expect(empty.json["logs"] == "")
      #expect(empty.json["size"] == 0)
      // More than one piece, with characters of three bytes across its end.
      let text = String(repeating: "训练", count: 60_000)
      server.host.append(text, to: "\(job.directory)/train.log")
      var offset: Int64 = 0
      var whole = ""
      var pieces = 0
      while pieces < 10 {
        let piece = try await server.send(.get, "/api/tasks/\(task)/logs?from=\(offset)", as: user)
        guard let more = piece.json["logs"]?.string, !more.isEmpty else { break }
        whole += more
        #expect(!more.contains("\u{FFFD}"))
        offset = piece.json["next_offset"]?.integer ?? -1
        pieces += 1
      }
      #expect(pieces == 2)
      #expect(whole == text)
      let tail = try await server.send(.get, "/api/tasks/\(task)/logs", as: user)
      #expect(tail.json["offset"]?.integer ?? 0 > 0)
      let past = try await server.send(.get, "/api/tasks/\(task)/logs?from=\(Int64.max)", as: user)
      #expect(past.status == 200)
      #expect(past.json["logs"] == "")
    }
  }

  @Test func `a progress bar is shown at its last state`() async throws {
    try await TestServer.run { server in
      let (user, task, job) = try await Self.running(server)
      server.host.append("begin\n 10%|#\r 50%|###\r100%|######\nend\n", to: "\(job.directory)/train.log")
      let answer = try await server.send(.get, "/api/tasks/\(task)/logs", as: user)
      #expect(answer.json["logs"] == "begin\n100%|######\nend\n")
    }
  }

  @Test func `each attempt keeps its own log`() async throws {
    try await TestServer.run { server in
      let (user, task, job) = try await Self.running(server)
      server.host.append("the first\n", to: "\(job.directory)/train.log")
      server.host.end(job.directory, exitCode: 1)
      try await server.wait(task, for: "failed", as: user)
      _ = try await server.send(.post, "/api/tasks/\(task)/retry", .json([:]), as: user)
      let second = try await server.launched(2)
      server.host.append("the second\n", to: "\(second.directory)/train.log")
      let now = try await server.send(.get, "/api/tasks/\(task)/logs", as: user)
      #expect(now.json["logs"] == "the second\n")
      let before = try await server.send(.get, "/api/tasks/\(task)/logs?attempt=1", as: user)
      #expect(before.json["logs"] == "the first\n")
    }
  }

  @Test func `metrics are read on from where the last answer ended`() async throws {
    try await TestServer.run { server in
      let (user, task, job) = try await Self.running(server)
      let path = "\(server.host.output(of: job))/trainer_log.jsonl"
      server.host.append("{\"current_steps\": 1, \"total_steps\": 3, \"loss\": 2.5}\n", to: path)
      server.host.append(
        "{\"current_steps\": 2, \"total_steps\": 3, \"loss\": NaN}\nnot json\n{\"current_", to: path)
      let first = try await server.send(.get, "/api/tasks/\(task)/metrics", as: user)
      #expect(first.json["metrics"]?.items.compactMap { $0["step"]?.integer } == [1, 2])
      #expect(first.json["metrics"]?[0]?["loss"]?.double == 2.5)
      let next = first.json["next_offset"]?.integer ?? -1
      server.host.append("steps\": 3, \"total_steps\": 3, \"eval_loss\": 1.5}\n", to: path)
      let rest = try await server.send(.get, "/api/tasks/\(task)/metrics?from=\(next)", as: user)
      #expect(rest.json["metrics"]?.items.compactMap { $0["step"]?.integer } == [3])
      #expect(rest.json["metrics"]?[0]?["eval_loss"]?.double == 1.5)
    }
  }

  @Test func `a live log sends what is there, what comes, and its end`() async throws {
    try await TestServer.run { server in
      let (user, task, job) = try await Self.running(server)
      server.host.append("before\n", to: "\(job.directory)/train.log")
      let seen = try await server.read(
        "/api/tasks/\(task)/logs/stream", as: user,
        whenBegun: {
          server.host.append("after\n", to: "\(job.directory)/train.log")
          server.host.complete(job)
        })
      #expect(seen.last?.event == "end")
      let text = try seen.filter { $0.event == "log" }.map {
        try JSONValue(parsing: $0.data)["logs"]?.string ?? ""
      }
      #expect(text.joined() == "before\nafter\n")
      #expect(seen.last?.id == "13")
      // Resumed by Last-Event-ID, after its end.
      let rest = try await server.read("/api/tasks/\(task)/logs/stream", as: user, lastEventID: "7")
      #expect(rest.map(\.event) == ["log", "end"])
      #expect(try JSONValue(parsing: rest[0].data)["logs"] == "after\n")
    }
  }

  @Test func `live metrics end with the task`() async throws {
    try await TestServer.run { server in
      let (user, task, job) = try await Self.running(server)
      let path = "\(server.host.output(of: job))/trainer_log.jsonl"
      server.host.append("{\"current_steps\": 1, \"total_steps\": 10, \"loss\": 2.5}\n", to: path)
      let seen = try await server.read(
        "/api/tasks/\(task)/metrics/stream", as: user, whenBegun: { server.host.complete(job) })
      let steps = try seen.filter { $0.event == "metrics" }.flatMap {
        try JSONValue(parsing: $0.data)["metrics"]?.items.compactMap { $0["step"]?.integer } ?? []
      }
      #expect(steps == [1, 10])
      #expect(seen.last?.event == "end")
    }
  }

  @Test func `an event stream resumes after its last event and misses nothing`() async throws {
    try await TestServer.run { server in
      let (user, task, job) = try await Self.running(server)
      let first = try await server.read(
        "/api/events?after=0", as: user, until: { $0.data.contains("running") })
      let last = try #require(first.last?.id)
      server.host.complete(job)
      try await server.wait(task, for: "completed", as: user)
      let rest = try await server.read(
        "/api/events", as: user, lastEventID: last, until: { $0.event == "model.added" })
      let ids = (first.dropFirst() + rest.dropFirst()).compactMap { Int64($0.id ?? "") }
      #expect(ids == Array(1...Int64(ids.count)))
      let schema: JSONValue = ["$ref": "#/components/schemas/EventReply"]
      for event in first.dropFirst() + rest.dropFirst() {
        #expect(server.document.problems(of: try JSONValue(parsing: event.data), by: schema).isEmpty)
      }
    }
  }

  @Test(arguments: ["-1", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "x", ""])
  func `a hostile cursor is a new beginning or a refusal, never an end of the server`(cursor: String)
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let seen = try await server.read("/api/events", as: user, lastEventID: cursor, until: { _ in true })
      #expect(seen.first?.event == "ready" || seen.first?.event == "reset")
      if Int64(cursor) != nil { #expect(seen.first?.event == "reset") }
      let query = try await server.raw(
        "HEAD /api/events?after=\(cursor) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(user.token)\r\n"
          + "Connection: close\r\n\r\n")
      #expect([200, 422].contains(query.status))
      #expect(try await server.send(.get, "/api/health").status == 200)
    }
  }
}
