import Concurrency
import Domain
import EventLoop
import Fleet
import FoundationEssentials
import Glibc
import ProcessRunning
import Storage

// Does to one SSH host what the server does, one order a line, so that time, processor and memory of each can be
// measured from outside. `Benchmarks/ssh/run` speaks to it.

/// The first line: where and as whom.
struct Site: Decodable {
  let port: UInt16
  let user: String
  let key: String
  let agent: String
  let agentHash: String
  /// A folder for the connection's files and the store.
  let folder: String
  /// The user data folder on the host.
  let root: String
  let owner: String
}

struct Order: Decodable {
  let what: String
  var count: Int?
  var path: String?
  var paths: [String]?
  var hash: String?
  var arguments: [String]?
}

struct Answer: Encodable {
  /// Seconds of each, or of the whole.
  var seconds: [Double] = []
  var error: String?
}

@main
struct Probe {
  static func main() async throws {
    guard let line = readLine(), let site = try? JSONDecoder().decode(Site.self, from: Data(line.utf8)) else {
      throw ProbeError("the first line is the site")
    }
    guard let agent = FileManager.default.contents(atPath: site.agent) else { throw ProbeError("no agent") }
    var setup = SSHHost.Setup(
      description: HostDescription(
        id: HostID(rawValue: "bench"), name: "bench", kind: .ssh, userDataDirectory: site.root, slots: 1),
      connection: try SSHConnectionSettings(
        host: "127.0.0.1", port: site.port, user: site.user, keyPath: site.key, password: nil),
      folder: SSHFolder(state: site.folder + "/state", runtime: site.folder + "/r"),
      agent: AgentBundle(text: [UInt8](agent), hash: site.agentHash))
    setup.environment = ProcessInfo.processInfo.environment
    let store = try LocalFolderStore(
      root: site.folder + "/store",
      executors: [try QueueExecutor(name: "store-0"), try QueueExecutor(name: "store-1")],
      digest: { NoDigest() })
    let host = SSHHost(
      setup, blobs: store, spawner: ProcessSpawner(loops: try EventLoopGroup(count: 2)),
      log: { _, error in
        _ = Array("\(error.debugDescription)\n".utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
      })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await host.run() }
      _ = try await host.facts()
      tell(Answer())
      while let line = readLine() {
        var answer = Answer()
        do {
          answer.seconds = try await obey(
            try JSONDecoder().decode(Order.self, from: Data(line.utf8)), host, owner: site.owner)
        } catch {
          answer.error = String(reflecting: error)
        }
        tell(answer)
      }
      group.cancelAll()
    }
  }

  static func obey(_ order: Order, _ host: SSHHost, owner: String) async throws -> [Double] {
    let path = order.path ?? ""
    switch order.what {
    case "launch":
      return [
        try await seconds {
          _ = try await host.launch(
            JobSpec(
              directory: path, arguments: order.arguments ?? [], environment: [:], workingDirectory: "/",
              stop: StopStep.trainer))
        }
      ]
    case "stop": return [try await seconds { _ = try await host.stop(path) }]
    case "status":
      let paths = order.paths ?? [path]
      return try await repeated(order) {
        let found = try await host.status(of: paths)
        guard found.allSatisfy({ $0.state == .running }) else { throw ProbeError("not all are running") }
      }
    case "command":
      return try await repeated(order) {
        guard try await host.run(["/bin/true"], limit: 30).exitCode == 0 else { throw ProbeError("no") }
      }
    case "place":
      guard let user = UserID(checking: owner) else { throw ProbeError("no user") }
      let key = BlobKey(userID: user, filename: "large.bin")
      return [try await seconds { try await host.place(key, contentHash: order.hash ?? "", at: path) }]
    case "fetch":
      return [
        try await seconds {
          let file = open(order.arguments?.first ?? "", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
          defer { close(file) }
          let archive = try await host.archive(of: path, named: "model")
          for try await piece in try await host.contents(of: archive, in: path, range: 0..<archive.size) {
            guard write(file, piece, piece.count) == piece.count else { throw ProbeError("the disk is full") }
          }
        }
      ]
    default: throw ProbeError("what is \(order.what)?")
    }
  }

  private static func repeated(_ order: Order, _ body: () async throws -> Void) async throws -> [Double] {
    var found: [Double] = []
    for _ in 0..<(order.count ?? 1) { found.append(try await seconds(body)) }
    return found
  }

  private static func seconds(_ body: () async throws -> Void) async throws -> Double {
    let elapsed = try await ContinuousClock().measure { try await body() }
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
  }

  private static func tell(_ answer: Answer) {
    let text = (try? JSONEncoder().encode(answer)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    let line = Array((text + "\n").utf8)
    _ = write(1, line, line.count)
  }
}

struct ProbeError: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

/// The store is only read from.
final class NoDigest: ContentDigest {
  func update(_ bytes: [UInt8]) {}
  func finish() -> String { "" }
}
