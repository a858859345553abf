import Contract
import Domain
import Glibc
import HTTPWire
import Services
import Testing
import TestDatabases

/// A registered user with a token.
struct User: Sendable {
  let id: String
  let name: String
  let token: String
}

/// One request and everything it must and must not do.
struct APIScenario: Sendable {
  let name: String
  let method: HTTPMethod
  let path: String
  var fields: [(String, String)] = []
  var body = Body.none
  var expect: [Int]
  var contains: [String] = []
  var lacks: [String] = []
  /// Kinds of the events it fires, in order; nil where that is not looked at.
  var events: [String]?
  /// Nothing is written to the database or the users' folder.
  var storesNothing = false

  init(
    _ name: String, _ method: HTTPMethod, _ path: String, _ body: Body = .none,
    fields: [(String, String)] = [], expect: Int..., contains: [String] = [], lacks: [String] = [],
    events: [String]? = nil, storesNothing: Bool = false
  ) {
    self.name = name
    self.method = method
    self.path = path
    self.body = body
    self.fields = fields
    self.expect = expect
    self.contains = contains
    self.lacks = lacks
    self.events = events
    self.storesNothing = storesNothing
  }
}

extension TestServer {
  @discardableResult
  func check(_ scenario: APIScenario, as who: User?, at location: SourceLocation = #_sourceLocation)
    async throws -> Answer
  {
    let before = try await footprint()
    let answer = try await send(
      scenario.method, scenario.path, scenario.body, as: who, fields: scenario.fields, at: location)
    #expect(
      scenario.expect.contains(answer.status),
      "\(scenario.name): \(answer.status) \(answer.text.prefix(400))",
      sourceLocation: location)
    for text in scenario.contains {
      #expect(
        answer.text.contains(text), "\(scenario.name): \(answer.text.prefix(400))", sourceLocation: location)
    }
    for text in scenario.lacks {
      #expect(
        !answer.text.contains(text), "\(scenario.name): shows \(text.prefix(80))", sourceLocation: location)
    }
    if scenario.storesNothing {
      let after = try await footprint()
      #expect(
        before == after, "\(scenario.name) stored something: \(answer.status)", sourceLocation: location)
    }
    if let events = scenario.events, let who {
      let fired = try await eventKinds(after: before.sequence, for: who)
      #expect(fired == events, "\(scenario.name)", sourceLocation: location)
    }
    return answer
  }

  /// What is stored, so exactly that any write shows: the newest event, the database's files with their
  /// times, and the files below the users' folder (an empty folder is nothing).
  struct Footprint: Equatable {
    let sequence: Int64
    let database: [String]
    let files: [String]
    let hostPaths: [String]
  }

  func footprint() async throws -> Footprint {
    // What was used is written a second later: now, so that it is not taken for what comes.
    await usage.flush()
    return Footprint(
      sequence: try await events.newestSequence(),
      database: DatabaseServer.wanted == nil
        ? ["luthier.db", "luthier.db-wal"].map { Self.stamp("\(folder)/\($0)") }
        : try await StoredState.digests(of: folder),
      files: Self.names(below: usersFolder), hostPaths: host.paths)
  }

  /// The kinds of the events `who` may see after a sequence number.
  func eventKinds(
    after sequence: Int64, for who: User, of subject: String? = nil
  ) async throws -> [String] {
    let newest = try await events.newestSequence()
    guard newest > sequence else { return [] }
    var kinds: [String] = []
    _ = try await events.replay(UserID(rawValue: who.id), after: sequence) { record in
      if subject == nil || record.event.subject == subject { kinds.append(record.event.kind.rawValue) }
    }
    return kinds
  }

  private static func stamp(_ path: String) -> String {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return "none" }
    return "\(facts.st_size) \(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)"
  }

  /// The files in a folder and those within it.
  static func names(below folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      if entry.pointee.d_type == UInt8(DT_DIR) {
        found += names(below: "\(folder)/\(name)")
      } else {
        found.append("\(folder)/\(name)")
      }
    }
    return found.sorted()
  }
}

// MARK: Everyday steps

extension TestServer {
  static let password = "correct horse"

  func register(_ name: String) async throws -> User {
    let made = try await send(
      .post, "/api/auth/register",
      .json([
        "username": .string(name), "email": .string("\(name)@example.org"),
        "password": .string(Self.password),
      ]))
    guard made.status == 200 else { throw Unusable("register: \(made.text)") }
    return User(id: try made.string("user_id"), name: name, token: try await login(name))
  }

  func login(_ name: String, remember: Bool = false) async throws -> String {
    let answer = try await send(
      .post, "/api/auth/login",
      .json([
        "username_or_email": .string(name), "password": .string(Self.password),
        "remember_me": .bool(remember),
      ]))
    return try answer.string("access_token")
  }

  static let alpaca = """
    [{"instruction": "Who are you?", "input": "", "output": "I am Luthier."},
     {"instruction": "What do you do?", "input": "", "output": "I tune models."}]
    """

  /// Uploads a file and returns its identifier.
  @discardableResult
  func upload(_ name: String = "data.json", _ content: String = alpaca, as who: User) async throws -> String {
    let answer = try await send(.post, "/api/files/datasets", .form(.file(name, content)), as: who)
    return try answer.string("file_id")
  }

  /// Submits a task on `data.json` and the base model.
  func submit(_ more: [String: JSONValue] = [:], as who: User) async throws -> String {
    let answer = try await send(
      .post, "/api/tasks", .json(.object(Self.task.fields.merging(more) { _, new in new })), as: who)
    return try answer.string("task_id")
  }

  static let task: JSONValue = [
    "name": "first", "model_name": "/models/base", "dataset_path": "data.json",
  ]

  func status(_ task: String, as who: User) async throws -> String {
    try await send(.get, "/api/tasks/\(task)", as: who).string("status")
  }

  /// Waits, by the event bus, until a task's status is one of `states`; fails after 20 seconds.
  @discardableResult
  func wait(
    _ task: String, for states: String..., as who: User, at location: SourceLocation = #_sourceLocation
  ) async throws -> JSONValue {
    try await waitUntil("\(task) is \(states)", at: location) {
      let answer = try await send(.get, "/api/tasks/\(task)", as: who, at: location)
      return states.contains(try answer.string("status")) ? answer.json : nil
    }
  }

  /// Asks again and again until there is an answer.
  func waitUntil<Value>(
    _ what: String, at location: SourceLocation = #_sourceLocation, _ ask: () async throws -> Value?
  ) async throws -> Value {
    for _ in 0..<2000 {
      if let value = try await ask() { return value }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("It never came about that \(what).", sourceLocation: location)
    throw Unusable(what)
  }

  /// Waits until the host has been given `count` jobs, and returns the newest.
  func launched(_ count: Int) async throws -> JobSpec {
    try await waitUntil("\(count) jobs were launched") {
      host.launched.count >= count ? host.launched[count - 1] : nil
    }
  }
}
