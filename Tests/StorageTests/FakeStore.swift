import Concurrency
import Domain
import EventLoop
import FoundationEssentials
import HTTPFetching
import HTTPServing
import HTTPWire
import SecretSealing
@testable import Storage
import Synchronization
import Testing

/// An object store in memory that does as S3 does until it is told to fail.
final class FakeStore: Sendable {
  struct Seen: Sendable {
    let method: String
    let key: String
    let query: [String: String]
    let fields: HTTPFields
    let body: [UInt8]

    var isPart: Bool { method == "PUT" && query["partNumber"] != nil }
    var isCompletion: Bool { method == "POST" && query["uploadId"] != nil }
  }

  struct Object: Sendable {
    var bytes: [UInt8]
    var fields: [String: String]
    var tag: String { "\"\(bytes.count)-\(bytes.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })\"" }
  }

  struct Upload: Sendable {
    let key: String
    let fields: [String: String]
    var parts: [Int: [UInt8]] = [:]
    var begun = "2027-01-15T07:00:00.000Z"
  }

  struct State: Sendable {
    var objects: [String: Object] = [:]
    var uploads: [String: Upload] = [:]
    var seen: [Seen] = []
    var verifies = true
    var keepsWhatIsThere = true
    var losesLastPart = false
  }

  /// What happens instead of, or behind, the answer to a request; the number counts requests like it from 1.
  enum Fault: Sendable {
    case none
    case answer(Int, String, HTTPFields = [:])
    /// The head, and so many bytes of the body.
    case cut(Int)
    /// It is done, and its answer lost.
    case lost
    /// 200, and then an error.
    case lateError(String)
  }

  /// Not a cancellation, which ends an answer in order.
  struct Cut: Error {}

  static let bucket = "data"
  static let secret = "the-secret-of-the-test"
  let state = Mutex(State())
  let loops: EventLoopGroup
  let client: HTTPClient
  private let server: HTTPServer
  let port: UInt16

  var objects: [String: Object] { state.withLock { $0.objects } }
  var uploads: [String: Upload] { state.withLock { $0.uploads } }
  var seen: [Seen] { state.withLock { $0.seen } }

  private init(_ fault: @escaping @Sendable (Seen, Int) -> Fault) throws {
    loops = try EventLoopGroup(count: 1)
    client = try HTTPClient(loops: loops)
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.maximumBodyBytes = 64 << 20
    let itself = itself
    server = HTTPServer(
      configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1),
      handler: { request in
        guard let store = itself.store.withLock({ $0 }) else { return .empty() }
        return try await store.answer(request, fault)
      })
    port = try server.start()
    itself.store.withLock { $0 = self }
  }

  /// The handler's way to the store that it is part of; let go of at the end.
  private final class Itself: Sendable {
    let store = Mutex<FakeStore?>(nil)
  }

  private let itself = Itself()

  /// Lends a store that fails as it is told.
  static func run<Value>(
    fault: @escaping @Sendable (Seen, Int) -> Fault = { _, _ in .none },
    _ body: (FakeStore) async throws -> Value
  ) async throws -> Value {
    let store = try FakeStore(fault)
    let result: Result<Value, any Error>
    do { result = .success(try await body(store)) } catch { result = .failure(error) }
    store.client.close()
    await store.server.shutdown(grace: .milliseconds(200))
    store.itself.store.withLock { $0 = nil }
    store.loops.stop()
    return try result.get()
  }

  func location(region: String = "us-east-1") -> S3Location {
    S3Location(
      isSecure: false, endpoint: "127.0.0.1:\(port)", bucket: Self.bucket, prefix: "team/a", region: region)
  }

  /// A client that waits for nothing.
  func s3(_ pauses: Pauses = Pauses()) -> S3Client {
    S3Client(
      http: client, location: location(), credentials: S3Credentials(keyID: "KEY", secret: Self.secret),
      clock: WallClock { Timestamp(milliseconds: 1_800_000_000_000) }, pause: { pauses.note($0) })
  }

  private func answer(_ request: Request, _ fault: @Sendable (Seen, Int) -> Fault) async throws -> Response {
    let body = try await request.body.collect()
    var query: [String: String] = [:]
    for name in ["uploads", "uploadId", "partNumber", "prefix"] { query[name] = request.target.query[name] }
    let front = "/\(Self.bucket)/"
    let one = Seen(
      method: request.method.rawValue, key: Self.decoded(String(request.target.path.dropFirst(front.count))),
      query: query,
      fields: request.fields, body: body)
    let number = state.withLock { state in
      state.seen.append(one)
      return state.seen.filter {
        $0.method == one.method && $0.isPart == one.isPart && $0.isCompletion == one.isCompletion
          && ($0.query["uploads"] != nil) == (one.query["uploads"] != nil)
      }.count
    }
    switch fault(one, number) {
    case .none: return done(one)
    case .answer(let status, let code, let fields):
      return Self.error(status, code, fields, isHead: one.method == "HEAD")
    case .lateError(let code):
      var late = Self.error(200, code)
      late.status = .ok
      return late
    case .lost:
      _ = done(one)
      return Response(body: .stream { _ in throw Cut() })
    case .cut(let count):
      let whole = done(one)
      guard case .bytes(let bytes) = whole.body else { return whole }
      return Response(
        status: whole.status, fields: whole.fields,
        body: .stream { writer in
          try await writer.write(Array(bytes.prefix(count)))
          throw Cut()
        })
    }
  }

  private func done(_ one: Seen) -> Response {
    state.withLock { state in
      let hash = one.fields["x-amz-content-sha256"]
      if state.verifies, hash != hexadecimal(SHA256.hash(one.body)) {
        return Self.error(400, "XAmzContentSHA256Mismatch")
      }
      let isTaken =
        state.keepsWhatIsThere && one.fields["If-None-Match"] == "*" && state.objects[one.key] != nil
      var label: [String: String] = [:]
      for name in ["x-amz-meta-luthier-sending", "x-amz-meta-luthier-sha256"] {
        label[name] = HTTPFieldName(name).flatMap { one.fields[$0] }
      }
      switch one.method {
      case "PUT":
        if let id = one.query["uploadId"] {
          guard var upload = state.uploads[id], let part = one.query["partNumber"].flatMap({ Int($0) }) else {
            return Self.error(404, "NoSuchUpload")
          }
          upload.parts[part] = one.body
          state.uploads[id] = upload
          return Response(fields: ["ETag": "\"p\(part)-\(one.body.count)\""])
        }
        if isTaken { return Self.error(412, "PreconditionFailed") }
        state.objects[one.key] = Object(bytes: one.body, fields: label)
        return Response(fields: ["ETag": state.objects[one.key]?.tag ?? ""])
      case "POST" where one.query["uploads"] != nil:
        let id = "up-\(state.seen.count)"
        state.uploads[id] = Upload(key: one.key, fields: label)
        return Self.xml(
          "<InitiateMultipartUploadResult><UploadId>\(id)</UploadId></InitiateMultipartUploadResult>")
      case "POST":
        guard let id = one.query["uploadId"], let upload = state.uploads[id] else {
          return Self.error(404, "NoSuchUpload")
        }
        if isTaken { return Self.error(412, "PreconditionFailed") }
        state.uploads[id] = nil
        state.objects[one.key] = Object(
          bytes: upload.parts.sorted { $0.key < $1.key }.dropLast(state.losesLastPart ? 1 : 0).flatMap(
            \.value),
          fields: upload.fields)
        return Self.xml(
          "<CompleteMultipartUploadResult><ETag>&quot;x&quot;</ETag></CompleteMultipartUploadResult>")
      case "DELETE":
        if let id = one.query["uploadId"] {
          return state.uploads.removeValue(forKey: id) == nil ? Self.error(404, "NoSuchUpload") : .empty()
        }
        state.objects[one.key] = nil
        return .empty()
      case "GET" where one.query["uploads"] != nil:
        let found = state.uploads.filter { $0.value.key.hasPrefix(one.query["prefix"] ?? "") }.map {
          id, upload in
          "<Upload><Key>\(upload.key)</Key><UploadId>\(id)</UploadId><Initiated>\(upload.begun)</Initiated></Upload>"
        }
        return Self.xml(
          "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>\(found.joined())</ListMultipartUploadsResult>"
        )
      default:
        guard let object = state.objects[one.key] else {
          return Self.error(404, "NoSuchKey", isHead: one.method == "HEAD")
        }
        return Self.contents(of: object, for: one)
      }
    }
  }

  private static func contents(of object: Object, for one: Seen) -> Response {
    var fields: HTTPFields = ["ETag": object.tag, "Accept-Ranges": "bytes"]
    for (name, value) in object.fields { if let name = HTTPFieldName(name) { fields.add(name, value) } }
    if let wanted = one.fields["If-Match"], wanted != object.tag { return error(412, "PreconditionFailed") }
    switch ByteRange.resolve(one.fields["Range"], size: Int64(object.bytes.count)) {
    case .part(let part):
      fields["Content-Range"] = ByteRange.contentRange(part, size: Int64(object.bytes.count))
      return Response(
        status: .partialContent, fields: fields,
        body: .bytes(Array(object.bytes[Int(part.lowerBound)..<Int(part.upperBound)])))
    case .unsatisfiable: return error(416, "InvalidRange")
    case .whole: return Response(fields: fields, body: .bytes(object.bytes))
    }
  }

  private static func decoded(_ path: String) -> String {
    let parts = path.split(separator: "%", omittingEmptySubsequences: false)
    var bytes = Array((parts.first ?? "").utf8)
    for part in parts.dropFirst() {
      bytes += [UInt8(part.prefix(2), radix: 16) ?? 0] + part.dropFirst(2).utf8
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func xml(_ text: String) -> Response {
    Response(
      fields: ["Content-Type": "application/xml"],
      body: .bytes(Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(text)".utf8)))
  }

  static func error(_ status: Int, _ code: String, _ fields: HTTPFields = [:], isHead: Bool = false)
    -> Response
  {
    let region = fields["x-region"].map { "<Region>\($0)</Region>" } ?? ""
    var answer =
      isHead
      ? .empty(HTTPStatus(status))
      : xml("<Error><Code>\(code)</Code><Message>No: \(code), key KEY</Message>\(region)</Error>")
    answer.status = HTTPStatus(status)
    for (name, value) in fields { if let name = HTTPFieldName(name) { answer.fields.add(name, value) } }
    return answer
  }
}

/// How long would have been waited.
final class Pauses: Sendable {
  private let list = Mutex<[Duration]>([])
  func note(_ pause: Duration) { list.withLock { $0.append(pause) } }
  var all: [Duration] { list.withLock { $0 } }
}

/// What was written to the log.
final class Lines: Sendable {
  private let list = Mutex<[String]>([])
  var log: ServerLog {
    ServerLog { level, message, fields in self.list.withLock { $0.append("\(level) \(message) \(fields)") } }
  }
  var all: [String] { list.withLock { $0 } }
}

/// Lends a new folder and removes it.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
  let folder = (ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp") + "/luthier-store-" + randomUUID()
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

func names(_ folder: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
}

/// SHA-256, as the server has it.
final class TestDigest: ContentDigest {
  private let hash = ContentHash()
  func update(_ bytes: [UInt8]) { hash.update(bytes) }
  func finish() -> String { hexadecimal(hash.finish()) }
}

/// Not ==, whose report of two files that differ is longer than both.
func isSame(_ left: [UInt8]?, _ right: [UInt8]?) -> Bool { left == right }

func hashOf(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(bytes)) }

func makeDrafts(_ root: String) throws -> LocalFolderStore {
  try LocalFolderStore(root: root, executors: [try QueueExecutor(name: "drafts")]) { TestDigest() }
}

func makeStore(
  _ client: S3Client, _ folder: String,
  abilities: S3Abilities = S3Abilities(verifies: true, keepsWhatIsThere: true),
  partSize: Int64 = 1000, log: ServerLog = .silent
) throws -> S3Store {
  try S3Store(
    client: client, abilities: abilities, drafts: try makeDrafts(folder + "/users"),
    journal: folder + "/journal",
    executor: try QueueExecutor(name: "objects"), digest: { TestDigest() }, partSize: partSize,
    clock: WallClock { Timestamp(milliseconds: 1_800_000_000_000) }, log: log)
}

func everything(_ stream: AsyncThrowingStream<[UInt8], any Error>) async throws -> [UInt8] {
  try await stream.reduce(into: []) { $0 += $1 }
}

func sample(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 / 251) } }

func write(_ bytes: [UInt8], as key: BlobKey, to store: any BlobStoring) async throws -> BlobReceipt {
  let upload = try await store.create(for: key.userID)
  for start in stride(from: 0, to: bytes.count, by: 700) {
    try await upload.write(Array(bytes[start..<min(start + 700, bytes.count)]))
  }
  do {
    return try await upload.commit(as: key)
  } catch {
    await upload.abandon()
    throw error
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

/// What was found at a path.
final class Pieces: Sendable {
  private let found = Mutex<[UInt8]>([])
  var bytes: [UInt8] { found.withLock { $0 } }
  func take(_ path: String) {
    let read = FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
    found.withLock { $0 = read }
  }
}

/// Waits until the condition holds; the test's own time limit ends one that never does.
func until(_ condition: () -> Bool) async throws {
  while !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
