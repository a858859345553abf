@testable import Assembly
import Domain
import HTTPWire
import Testing

/// `GET /metrics`: right figures in Prometheus' format, for whom they are meant, without a word of any user's.
@Suite struct MetricsTests {
  /// The samples of a text: name with labels, and value.
  private static func samples(_ text: String) -> [String: Double] {
    var found: [String: Double] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      guard parts.count >= 2, let value = Double(parts[parts.count - 1]) else {
        Issue.record("no sample: \(line)")
        continue
      }
      let name = parts.dropLast().joined(separator: " ")
      #expect(found[name] == nil, "\(name) stands there twice")
      found[name] = value
    }
    return found
  }

  private static func requests(_ route: String, _ method: String, _ status: Int) -> String {
    "luthier_http_requests_total{route=\"\(route)\",method=\"\(method)\",status=\"\(status)\"}"
  }

  @Test func `administrators read it with a token or a key, and nobody else`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let user = try await server.register("ada")
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "prometheus"]), as: admin)
        .string("key")
      #expect(try await server.send(.get, "/metrics", as: admin).status == 200)
      let read = try await server.send(.get, "/metrics", token: key)
      #expect(read.status == 200)
      #expect(read.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(read.fields["Cache-Control"] == "no-store")
      let ofUser = try await server.send(.get, "/metrics", as: user)
      #expect(ofUser.status == 403 && !ofUser.text.contains("luthier_http"))
      let ofNobody = try await server.send(.get, "/metrics")
      #expect(ofNobody.status == 401 && !ofNobody.text.contains("luthier_http"))
    }
  }

  @Test func `where the operator opens it everyone may read it`() async throws {
    try await TestServer.run(["LUTHIER_METRICS": "open"]) { server in
      let answer = try await server.send(.get, "/metrics")
      #expect(answer.status == 200 && answer.text.contains("luthier_build_info{version=\""))
    }
  }

  @Test func `however often the health is asked for, the database hardly notices`() async throws {
    try await TestServer.run(["LUTHIER_METRICS": "open"]) { server in
      func reads() async throws -> Double {
        let samples = Self.samples(try await server.send(.get, "/metrics").text)
        return try #require(samples["luthier_database_seconds_count{kind=\"read\"}"])
      }
      let began = ContinuousClock.now
      let before = try await reads()
      for _ in 0..<200 {
        let health = try await server.send(.get, "/api/health")
        #expect(health.status == 200)
      }
      let asked = try await reads() - before
      // Once a second, and what the two questions themselves and a server at rest read.
      #expect(asked < 50 + began.duration(to: .now) / .seconds(1), "\(asked) reads for 200 answers")
    }
  }

  @Test func `it counts requests by route, and tasks, streams, waits and transactions`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let user = try await server.register("ada")
      try await server.upload("hidden-data.json", as: user)
      let task = try await server.submit(
        ["name": "hidden-task", "dataset_path": "hidden-data.json"], as: user)
      server.host.complete(try await server.launched(1))
      try await server.wait(task, for: "completed", as: user)
      let missing = "/api/tasks/hidden-\(user.id)"
      for _ in 0..<3 { _ = try await server.send(.get, missing, as: user) }
      _ = try await server.send(.get, "/hidden-nowhere", as: user)
      _ = try await server.send(.head, "/api/health")

      let text = try await server.send(.get, "/metrics", as: admin).text
      let samples = Self.samples(text)
      #expect(samples[Self.requests("/api/tasks/{task_id}", "GET", 404)] == 3)
      #expect(samples[Self.requests("/api/files/datasets", "POST", 200)] == 1)
      #expect(samples[Self.requests("none", "other", 404)] == 1)
      #expect(samples[Self.requests("/api/health", "GET", 200)] == 1)
      let uploads = "{route=\"/api/files/datasets\",method=\"POST\""
      #expect(samples["luthier_http_request_duration_seconds_count\(uploads)}"] == 1)
      #expect(samples["luthier_http_request_duration_seconds_bucket\(uploads),le=\"+Inf\"}"] == 1)
      #expect((samples["luthier_http_connections"] ?? 0) >= 1)
      #expect(samples["luthier_tasks{state=\"completed\"}"] == 1)
      #expect(samples["luthier_tasks{state=\"running\"}"] == 0)
      #expect(samples["luthier_task_queue_wait_seconds_count"] == 1)
      #expect(samples["luthier_task_oldest_wait_seconds"] == 0)
      #expect(samples["luthier_database_up"] == 1)
      #expect((samples["luthier_database_seconds_count{kind=\"write\"}"] ?? 0) >= 4)
      #expect((samples["luthier_database_seconds_sum{kind=\"write\"}"] ?? 0) > 0)
      #expect(samples["luthier_host_connected{host=\"local\"}"] == 1)
      #expect((samples["process_resident_memory_bytes"] ?? 0) > 1_000_000)
      #expect((samples["process_open_fds"] ?? 0) > 5)
      #expect((samples["process_cpu_seconds_total"] ?? 0) > 0)
      for secret in ["hidden", user.id, user.name, task, "example.org", server.folder] {
        #expect(!text.contains(secret), "\(secret)")
      }
    }
  }

  @Test func `with very many hosts only those that are away have lines, and not all of these`() async throws {
    @Sendable func lines(_ server: TestServer) async throws -> [String] {
      try await server.send(.get, "/metrics").text.split(separator: "\n").map(String.init)
        .filter { $0.hasPrefix("luthier_host") }
    }
    let few = (1..<200).map { "gpu\($0)" } + ["local"]
    try await TestServer.run(["LUTHIER_METRICS": "open"], hosts: few) { server in
      server.fleet.recording("gpu7")?.setReachable(false)
      let told = try await lines(server)
      #expect(told.filter { $0.hasPrefix("luthier_host_connected{") }.count == 200)
      #expect(told.contains("luthier_host_connected{host=\"gpu7\"} 0"))
      #expect(told.contains("luthier_hosts{connected=\"true\"} 199"))
    }
    let many = few + (200..<1_000).map { "gpu\($0)" }
    try await TestServer.run(["LUTHIER_METRICS": "open"], hosts: many) { server in
      for number in 1...3 { server.fleet.recording("gpu\(number)")?.setReachable(false) }
      let told = try await lines(server)
      #expect(
        told.filter { $0.hasPrefix("luthier_host_connected{") }
          == (1...3).map { "luthier_host_connected{host=\"gpu\($0)\"} 0" })
      #expect(told.contains("luthier_hosts{connected=\"false\"} 3"))
      for number in 1..<900 { server.fleet.recording("gpu\(number)")?.setReachable(false) }
      let away = try await lines(server)
      #expect(away.filter { $0.hasPrefix("luthier_host_connected{") }.count == 200)
      #expect(away.contains("luthier_hosts{connected=\"false\"} 899"))
      #expect(away.contains("luthier_hosts{connected=\"true\"} 101"))
      let text = try await server.send(.get, "/metrics").text
      #expect(text.utf8.count < 100_000)
    }
  }

  @Test func `an event stream is counted for as long as it is open`() async throws {
    try await TestServer.run(["LUTHIER_METRICS": "open"]) { server in
      let user = try await server.register("ada")
      @Sendable func open() async throws -> Double {
        Self.samples(try await server.send(.get, "/metrics").text)["luthier_http_streams"] ?? -1
      }
      let before = try await open()
      #expect(before == 0)
      _ = try await server.read(
        "/api/events?after=0", as: user,
        whenBegun: {
          let during = try await open()
          #expect(during == 1)
        }, until: { _ in true })
      // The client that left is noticed in a moment.
      _ = try await server.waitUntil("no stream is open") { try await open() == 0 ? true : nil }
      let opened = Self.requests("/api/events", "GET", 200)
      #expect(Self.samples(try await server.send(.get, "/metrics").text)[opened] == 1)
    }
  }

  @Test func `every family has its help and its type, and its samples stand together`() async throws {
    try await TestServer.run(["LUTHIER_METRICS": "open"]) { server in
      _ = try await server.send(.get, "/api/health")
      let text = try await server.send(.get, "/metrics").text
      #expect(text.hasSuffix("\n") && !text.contains("\n\n"))
      var family = ""
      var seen: Set<String> = []
      for line in text.split(separator: "\n") {
        if line.hasPrefix("# HELP ") {
          family = String(line.split(separator: " ")[2])
          #expect(seen.insert(family).inserted, "\(family) stands there twice")
        } else if line.hasPrefix("# TYPE ") {
          #expect(line.hasPrefix("# TYPE \(family) "))
        } else {
          let name = line.prefix { $0 != "{" && $0 != " " }
          #expect(name.hasPrefix(family), "\(line) below \(family)")
        }
      }
      #expect(seen.count >= 15)
    }
  }

  @Test func `the access log has the task and no word of a user's`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      try await server.upload("hidden-data.json", as: user)
      let task = try await server.submit(
        ["name": "hidden-task", "dataset_path": "hidden-data.json"], as: user)
      for path in [
        "/api/tasks/\(task)/logs?from=0", "/v1/models/hidden-model", "/conversations/search?q=hidden-words",
        "/hidden/nowhere", "/app/hidden%20page",
      ] { _ = try await server.send(.get, path, as: user) }
      #expect(!server.log.text.contains("hidden"))
      #expect(server.log.text.contains("/api/tasks/\(task)/logs"))
      #expect(server.log.text.contains("/v1/models/*"))
      #expect(server.log.text.contains(user.token) == false)
    }
  }

  @Test func `a path is logged by the routes' own words and identifiers`() {
    let id = "0b0f6f58-2a3f-4c5e-9f2e-000000000001"
    #expect(AccessLog.known("/") == ("/", ""))
    #expect(AccessLog.known("/api/health?x=secret") == ("/api/health", ""))
    #expect(AccessLog.known("/api/tasks/\(id)/cancel") == ("/api/tasks/\(id)/cancel", id))
    #expect(AccessLog.known("/api/files/datasets/\(id)") == ("/api/files/datasets/\(id)", ""))
    #expect(AccessLog.known("/api/tasks/My%20own") == ("/api/tasks/*", ""))
    #expect(AccessLog.known("http://evil/x") == ("/*/*/*", ""))
    #expect(AccessLog.known(String(repeating: "/a", count: 100)) == (String(repeating: "/*", count: 8), ""))
  }

  @Test func `a line of the log is one line, as text and as JSON`() {
    let clock = TestClock().clock
    let metadata = ["id": "a-1", "error": "two\nlines \"and\" \u{1B}[31m", "empty": ""]
    let text = LogSink(minimum: .info, isJSON: false, clock: clock).line(.info, "request", metadata)
    #expect(text.hasSuffix(" info request error=\"two\\nlines \\\"and\\\" \\u001b[31m\" id=a-1\n"))
    let json = LogSink(minimum: .info, isJSON: true, clock: clock).line(.warning, "request", metadata)
    #expect(json.hasPrefix("{\"time\":\"") && json.hasSuffix("\"id\":\"a-1\"}\n"))
    #expect(json.contains("\"level\":\"warning\",\"message\":\"request\""))
    #expect(json.filter { $0 == "\n" }.count == 1 && !json.contains("empty"))
  }
}
