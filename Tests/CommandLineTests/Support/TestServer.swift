import CommandLineTool
import Concurrency
import Contract
import EventLoop
import FoundationEssentials
import HTTPServing
import HTTPWire
import Synchronization

/// A real HTTP server that answers what the test says.
struct TestServer {
  let url: String
  let server: HTTPServer
  private let seen: SeenRequests

  /// Every request so far, as `METHOD path`.
  var requests: [String] { seen.all }

  static func run<Value>(
    _ answer: @escaping Handler, _ body: (TestServer) async throws -> Value
  ) async throws -> Value {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.maximumBodyBytes = 64 * 1024 * 1024
    configuration.lingerTime = .milliseconds(200)
    let loops = try EventLoopGroup(count: 1)
    let seen = SeenRequests()
    let server = HTTPServer(
      configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1)
    ) { request in
      seen.add("\(request.method.rawValue) \(request.target.raw)")
      return try await answer(request)
    }
    let port = try server.start()
    let result: Result<Value, any Error>
    do {
      let running = TestServer(url: "http://127.0.0.1:\(port)", server: server, seen: seen)
      result = .success(try await body(running))
    } catch {
      result = .failure(error)
    }
    await server.shutdown(grace: .seconds(2))
    loops.stop()
    return try result.get()
  }

  /// A console that means this server.
  func console(
    input: ScriptedInput = ScriptedInput(lines: []), outputIsTerminal: Bool = false,
    environment: [String: String] = [:]
  ) -> TestConsole {
    let own = ["LUTHIER_SERVER": url, "LUTHIER_TOKEN": "the-token"]
    return TestConsole(
      environment: own.merging(environment) { $1 }, input: input, outputIsTerminal: outputIsTerminal)
  }
}

private final class SeenRequests: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

extension Response {
  static func wire(_ value: some Encodable, status: HTTPStatus = .ok) throws -> Response {
    .json(Array(try JSONEncoder().encode(value)), status: status)
  }

  static func refusal(_ status: Int, _ code: String, _ message: String, hint: String? = nil) throws
    -> Response
  {
    try .wire(ErrorEnvelope(error: message, code: code, hint: hint), status: HTTPStatus(status))
  }

  /// Server-sent events as they stand in the text, then the end; `isCut` breaks the connection instead.
  static func stream(_ text: String, isCut: Bool = false) -> Response {
    Response(
      fields: ["Content-Type": "text/event-stream"],
      body: .stream { writer in
        try await writer.write(Array(text.utf8))
        if isCut { throw Cut() }
      })
  }

  private struct Cut: Error {}
}

/// Contract values with only what a test cares about.
enum Sample {
  static func task(
    _ status: TaskStatus, id: String = "task-1", name: String = "first", step: Int? = nil,
    reason: String? = nil, modelID: String? = nil, cancelRequested: Bool = false, queuePosition: Int? = nil,
    queue: QueueReply? = nil, sending: SendingReply? = nil
  ) -> TaskReply {
    TaskReply(
      taskID: id, name: name, modelName: "tiny", datasetPath: "a.json", epochs: 3, learningRate: 5e-5,
      batchSize: 4, outputDir: "/o", status: status, createdAt: "2026-01-02T03:04:05.000Z",
      updatedAt: "2026-01-02T03:04:05.000Z", queuedAt: nil, startedAt: nil, endedAt: nil, template: "qwen",
      hostID: "local", priority: 0, attempt: 1,
      progress: step.map {
        ProgressReply(
          step: $0, totalSteps: 100, percentage: Double($0), epoch: nil, loss: 1.5, learningRate: 5e-5,
          elapsedSeconds: 1, remainingSeconds: 61)
      }, cancelRequested: cancelRequested, unreachableSince: nil,
      reason: reason.map {
        ReasonReply(
          code: "out_of_memory_gpu", message: $0, hint: "Lower the batch size.", messageZh: "", hintZh: "",
          detail: nil)
      }, queue: queue, sending: sending, queuePosition: queuePosition, modelID: modelID)
  }

  static func dataset(_ name: String, id: String = "file-1") -> DatasetReply {
    DatasetReply(
      fileID: id, filename: name, name: name, version: 1, filePath: "/d/\(name)", size: 1234,
      createdAt: "2026-01-02T03:04:05.000Z",
      format: "alpaca", rows: 5, problemCount: 0, contentHash: "00")
  }

  static func model(_ name: String, id: String = "model-1") -> ModelReply {
    ModelReply(
      modelID: id, name: name, modelPath: "/m/\(name)", taskID: nil, size: nil,
      createdAt: "2026-01-02T03:04:05.000Z", kind: .adapter, baseModelPath: nil, template: "qwen",
      hostID: "local", engine: .default)
  }

  static let user = UserReply(
    userID: "u", username: "ada", email: "ada@example.org", role: .user,
    createdAt: "2026-01-02T03:04:05.000Z")
}
