import Concurrency
import Domain
import EventLoop
import Fleet
import FoundationEssentials
import Glibc
import ProcessRunning
import Storage
import Testing

/// One set of loops for all tests of this target; it lives as long as the test process.
enum TestRooms {
  static let loops = Result { try EventLoopGroup(count: 1) }

  static func spawner() throws -> ProcessSpawner { ProcessSpawner(loops: try loops.get()) }

  /// The repository's root, found from this file.
  static let repository: String = {
    var parts = #filePath.split(separator: "/").map(String.init)
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  static let agentScript = repository + "/Agent/luthier_agent.py"

  static var environment: [String: String] {
    AgentProgram.environment(from: ProcessInfo.processInfo.environment)
  }
}

/// Lends a new folder and removes it.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
  let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
  let folder = base + "/luthier-test-" + randomUUID()
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }

func put(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

func names(_ folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// Waits until the condition holds; the test's own time limit ends one that never does.
func until(_ condition: () async throws -> Bool) async throws {
  while !(try await condition()) { try await Task.sleep(for: .milliseconds(5)) }
}

/// Waits until the host answers a question.
///
/// Its facts are remembered: just after a cut they are told although the connection is gone, and what is asked next
/// would be the first to notice.
func untilAnswering(_ host: some AgentBackedHost) async throws {
  try await until { (try? await host.freePort()) != nil }
}

func isAlive(_ processID: Int) -> Bool {
  guard let stat = contents("/proc/\(processID)/stat") else { return false }
  let text = String(decoding: stat, as: UTF8.self)
  return !(text.split(separator: ")").last ?? "").hasPrefix(" Z")
}

/// Runs a program to its end; its standard output.
func output(_ executable: String, _ arguments: [String]) async throws -> String {
  let process = try TestRooms.spawner().start(
    Command(executable: executable, arguments: arguments, environment: TestRooms.environment))
  var bytes: [UInt8] = []
  while let piece = try await process.read() { bytes += piece }
  let status = try await process.exitStatus()
  try #require(status == .exited(0))
  return String(decoding: bytes, as: UTF8.self)
}

func sha256(ofFile path: String) async throws -> String {
  String(try await output("/usr/bin/sha256sum", [path]).split(separator: " ")[0])
}

/// Not a hash anyone should use: it tells that all bytes went through it, in order.
final class OrderDigest: ContentDigest {
  private var sum: UInt64 = 1
  func update(_ bytes: [UInt8]) { for byte in bytes { sum = sum &* 31 &+ UInt64(byte) } }
  func finish() -> String { String(sum, radix: 16) }

  static func of(_ bytes: [UInt8]) -> String {
    let digest = OrderDigest()
    digest.update(bytes)
    return digest.finish()
  }
}

func makeStore(_ root: String) throws -> LocalFolderStore {
  try LocalFolderStore(root: root, executors: [try QueueExecutor(name: "files")]) { OrderDigest() }
}

/// Lends a running local host over `folder`/data.
func withHost<Value: Sendable>(
  _ folder: String, timing: AgentChannel.Timing = AgentChannel.Timing(),
  script: String = TestRooms.agentScript,
  python: String? = nil, environment: [String: String] = TestRooms.environment,
  trainer: TrainerLocation = TrainerLocation(), slots: Int = 1,
  _ body: @Sendable (LocalHost, String) async throws -> Value
) async throws -> Value {
  let root = folder + "/data"
  let host = LocalHost(
    description: HostDescription(
      id: HostID(rawValue: "local"), name: "here", kind: .local, userDataDirectory: root, slots: slots),
    agent: AgentProgram(script: script, python: python, environment: environment), trainer: trainer,
    blobs: try makeStore(folder + "/blobs"), spawner: try TestRooms.spawner(), timing: timing)
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { await host.run() }
    do {
      let value = try await body(host, root)
      group.cancelAll()
      return value
    } catch {
      group.cancelAll()
      throw error
    }
  }
}

/// The error that `body` throws.
func refusal(_ body: () async throws -> Void) async throws -> DomainError {
  do {
    try await body()
  } catch let error as DomainError {
    return error
  }
  return try #require(nil as DomainError?, "nothing was refused")
}
