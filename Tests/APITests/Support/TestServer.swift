import API
import Assembly
import Concurrency
import Contract
import Domain
import EventLoop
import FoundationEssentials
import Glibc
import HTTPFetching
import HTTPServing
import HTTPWire
import Persistence
import Services
import Synchronization
import TestDatabases

/// The real server on a free port, over a recording host and a scripted engine; gone when the body
/// returns.
struct TestServer: Sendable {
  let port: UInt16
  let folder: String
  let client: HTTPClient
  let loops: EventLoopGroup
  let host: RecordingHost
  let fleet: RecordingFleet
  let engine: ScriptedEngine
  let clock: TestClock
  let log: LogBook
  let events: EventBus
  let usage: UsageLedger
  let uploads: ResumableUploads
  let document: APIDocument

  var base: String { "http://127.0.0.1:\(port)" }
  var usersFolder: String { "\(folder)/users" }

  static let secret = "a secret for tests, never printed"

  /// Runs `body` against a server with these settings on top of a test's own.
  ///
  /// - Parameters:
  ///   - onThisMachine: the real local host and engine client instead of the doubles.
  ///   - relaysForReal: requests to /v1 go to presets over HTTP instead of to the scripted engine.
  ///   - page: the web page it has.
  ///   - kept: a data folder that outlives the server; without it one is made and removed.
  @discardableResult
  static func run<Value: Sendable>(
    _ settings: [String: String] = [:], hosts: [String] = ["local"], onThisMachine: Bool = false,
    relaysForReal: Bool = false, page: WebPage? = nil,
    keepingIn kept: String? = nil,
    _ body: @Sendable (TestServer) async throws -> Value
  ) async throws -> Value {
    let folder = try kept ?? makeFolder()
    defer { if kept == nil { removeFolder(folder) } }
    if settings["DATABASE_URL"] == nil, let server = DatabaseServer.wanted {
      let place = settings["LUTHIER_DATA_DIR"] ?? folder
      return try await withDatabase(of: server, for: place, isKept: place != folder || kept != nil) {
        address in
        try await run(
          settings.merging(["DATABASE_URL": address]) { _, new in new }, hosts: hosts,
          onThisMachine: onThisMachine, relaysForReal: relaysForReal, page: page, keepingIn: folder, body)
      }
    }
    var environment = [
      "LUTHIER_DATA_DIR": folder, "PORT": "0", "SECRET_KEY": secret, "HOME": folder,
      "PATH": "/usr/local/bin:/usr/bin:/bin",
      // The engines of the tests count what they are asked.
      "LUTHIER_IMPROVE_TITLES": "false",
    ]
    environment.merge(settings) { _, new in new }
    let read = try Settings(environment)
    let doubles = hosts.map {
      RecordingHost(
        id: $0, kind: $0.hasPrefix("gpu") ? .ssh : .local, root: read.userDataDirectory, slots: read.slots)
    }
    let fleet = RecordingFleet(doubles, root: read.userDataDirectory)
    let engine = ScriptedEngine()
    let clock = TestClock()
    let log = LogBook()
    let parts = try await Bootstrap(
      read, environment: environment, log: log.log, clock: clock.clock, page: page,
      replacing: onThisMachine
        ? nil
        : Bootstrap.Outside(
          hosts: fleet, enrolling: fleet, connect: { try? await Task.sleep(for: .seconds(86_400)) },
          calling: engine, relaying: relaysForReal ? nil : engine))
    let port = try parts.server.start()
    let stop = Gate()
    async let life: Void = Lifecycle(parts).run {
      try? await stop.wait()
      return "test"
    }
    let loops = try EventLoopGroup(count: 1)
    let client = try HTTPClient(loops: loops)
    let result: Result<Value, any Error>
    do {
      doubles[0].addModel("/models/base")
      let answer = try await client.send(FetchRequest(.get, "http://127.0.0.1:\(port)/openapi.json"))
      let document = try APIDocument(JSONValue(parsing: answer.bytes))
      let server = TestServer(
        port: port, folder: folder, client: client, loops: loops, host: doubles[0], fleet: fleet,
        engine: engine,
        clock: clock, log: log, events: parts.events, usage: parts.usage, uploads: parts.uploads,
        document: document)
      result = .success(try await body(server))
    } catch {
      result = .failure(error)
    }
    client.close()
    stop.open()
    await life
    loops.stop()
    return try result.get()
  }

  /// Lends the address of a database; the same again for a folder that is kept.
  private static func withDatabase<Value>(
    of server: DatabaseServer, for folder: String, isKept: Bool, _ body: (String) async throws -> Value
  ) async throws -> Value {
    let record = StoredState.record(of: folder)
    let name: String
    if let known = try? String(contentsOfFile: record, encoding: .utf8) {
      name = known
    } else {
      name = try await server.lend { _ = try await Schema.migrate($0, now: 1) }
      try name.write(toFile: record, atomically: true, encoding: .utf8)
    }
    let result: Result<Value, any Error>
    do {
      result = .success(try await body(server.address(of: name)))
    } catch {
      result = .failure(error)
    }
    if !isKept {
      await StoredState.forget(name)
      await server.takeBack(name)
    }
    return try result.get()
  }

  static func makeFolder() throws -> String {
    var name = Array("/tmp/luthier-api-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Unusable("mkdtemp: \(errno)") }
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func removeFolder(_ folder: String) {
    try? FileManager.default.removeItem(atPath: folder)
  }
}

/// What a test cannot go on without.
struct Unusable: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The system's time, moved on or stopped where a test says so.
final class TestClock: Sendable {
  private let state = Mutex<(offset: Double, stoppedAt: Timestamp?)>((0, nil))

  func advance(seconds: Double) { state.withLock { $0.offset += seconds } }

  /// From now on only `advance` moves it: what lasts a second lasts, however slow the machine is.
  func stop() { state.withLock { $0.stoppedAt = Self.now() } }

  var clock: WallClock {
    WallClock { [self] in state.withLock { ($0.stoppedAt ?? Self.now()).adding(seconds: $0.offset) } }
  }

  private static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

/// What the server logged.
final class LogBook: Sendable {
  private let lines = Mutex<[String]>([])

  var text: String { lines.withLock { $0.joined(separator: "\n") } }

  var log: ServerLog {
    ServerLog { [self] level, message, metadata in
      let line = "\(level.rawValue) \(message) \(metadata.sorted { $0.key < $1.key })"
      lines.withLock { $0.append(line) }
    }
  }
}
