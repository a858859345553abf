import Concurrency
import Domain
import EventLoop
import FoundationEssentials
import Glibc
import HTTPFetching
import HTTPWire
import ProcessRunning
@testable import Storage
import Testing

/// The kinds of storage that the same tests run over.
enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case folder, inMemory, nanio, moto

  var testDescription: String { rawValue }

  /// Programs of others, where scripts/install-object-stores put them.
  static let programs: String = {
    if let named = ProcessInfo.processInfo.environment["LUTHIER_OBJECT_STORES"] { return named }
    var parts = #filePath.split(separator: "/").map(String.init)
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/") + "/.object-stores"
  }()

  static let areInstalled = access(programs + "/bin/nanio", X_OK) == 0
  /// Without the programs, what needs none: `make test` has them.
  static let here: [Kind] = areInstalled ? allCases : [.folder, .inMemory]
  static let objectStores = here.filter { $0 != .folder }
}

/// What a test works on.
struct Ground: Sendable {
  let store: any BlobStoring
  /// Nil for a folder.
  let objects: S3Store?
  let client: S3Client?
  let folder: String
  var http: HTTPClient?

  /// A client with another key.
  func other(_ credentials: S3Credentials) throws -> S3Client {
    S3Client(
      http: try #require(http), location: try #require(client).location, credentials: credentials,
      clock: Self.clock)
  }

  static func run(
    _ kind: Kind, partSize: Int64 = 5 << 20, _ body: (Ground) async throws -> Void
  ) async throws {
    try await withFolder { folder in
      switch kind {
      case .folder:
        try await body(
          Ground(store: try makeDrafts(folder + "/users"), objects: nil, client: nil, folder: folder))
      case .inMemory:
        try await FakeStore.run { fake in
          try await run(
            S3Client(
              http: fake.client, location: fake.location(),
              credentials: S3Credentials(keyID: "KEY", secret: FakeStore.secret), clock: clock),
            fake.client, folder, partSize, body)
        }
      case .nanio, .moto: try await real(kind, folder, partSize, body)
      }
    }
  }

  private static let clock = WallClock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  private static func run(
    _ client: S3Client, _ http: HTTPClient, _ folder: String, _ partSize: Int64,
    _ body: (Ground) async throws -> Void
  ) async throws {
    let abilities = try await S3Probe(client: client, clock: clock).run()
    let store = try S3Store(
      client: client, abilities: abilities, drafts: try makeDrafts(folder + "/users"),
      journal: folder + "/journal",
      executor: try QueueExecutor(name: "objects"), digest: { TestDigest() }, partSize: partSize,
      clock: clock,
      log: .silent)
    try await body(Ground(store: store, objects: store, client: client, folder: folder, http: http))
    #expect(try await S3Objects(client: client).unfinished("").isEmpty)
  }

  private static func real(
    _ kind: Kind, _ folder: String, _ partSize: Int64, _ body: (Ground) async throws -> Void
  ) async throws {
    let loops = try EventLoopGroup(count: 1)
    defer { loops.stop() }
    let http = try HTTPClient(loops: loops)
    defer { http.close() }
    let port = try freePort()
    try FileManager.default.createDirectory(
      atPath: folder + "/stored/data", withIntermediateDirectories: true)
    let arguments =
      kind == .nanio
      ? [
        "-m", "nanio", "serve", "--data-dir", folder + "/stored", "--host", "127.0.0.1", "--port", "\(port)",
        "--log-level", "error", "--no-access-log",
      ]
      : [
        "-c",
        "import logging; logging.disable(); from moto.server import main; main(['-H', '127.0.0.1', '-p', '\(port)'])",
      ]
    let process = try ProcessSpawner(loops: loops).start(
      Command(
        executable: Kind.programs + "/bin/python", arguments: arguments,
        environment: [
          "PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "NANIO_ACCESS_KEY": "key-of-the-test",
          "NANIO_SECRET_KEY": FakeStore.secret,
        ]))
    let location = S3Location(
      isSecure: false, endpoint: "127.0.0.1:\(port)", bucket: "data", prefix: "team/a")
    let client = S3Client(
      http: http, location: location,
      credentials: S3Credentials(keyID: "key-of-the-test", secret: FakeStore.secret), clock: clock)
    let result: Result<Void, any Error>
    do {
      try await bucket(client, http, "http://127.0.0.1:\(port)/data", isMade: kind == .nanio)
      result = .success(try await run(client, http, folder, partSize, body))
    } catch {
      result = .failure(error)
    }
    process.send(SIGKILL)
    _ = try await process.exitStatus()
    try result.get()
  }

  /// Waits until the store answers, and makes the bucket where it has none; the test's own limit ends one that never does.
  private static func bucket(_ client: S3Client, _ http: HTTPClient, _ url: String, isMade: Bool) async throws
  {
    while true {
      if let answer = try? await http.send(FetchRequest(.head, url)), answer.status.code > 0 { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    if !isMade { _ = try await client.send(S3Request(.put, nil)) }
  }

  private static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isBound)
    return UInt16(bigEndian: address.sin_port)
  }
}
