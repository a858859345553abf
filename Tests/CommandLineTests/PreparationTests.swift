@testable import CommandLineTool
import Contract
import FoundationEssentials
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Datasets made of a dataset.
struct PreparationTests {
  private static func answering(
    _ end: PrepareEvent, _ asked: @escaping @Sendable (PrepareDatasetRequest) -> Void
  ) -> Handler {
    { request in
      if request.target.path == "/api/files/datasets" {
        return try .wire(DatasetListReply(files: [Sample.dataset("a.json")]))
      }
      #expect(request.target.path == "/api/files/datasets/file-1/prepare")
      asked(
        try JSONDecoder().decode(PrepareDatasetRequest.self, from: Data(try await request.body.collect())))
      let progress = try JSONEncoder().encode(PrepareEvent(pass: 1, passes: 1, done: 5, total: 9))
      let told = try JSONEncoder().encode(end)
      return .stream(
        "event: progress\ndata: \(String(decoding: progress, as: UTF8.self))\n\n"
          + "event: end\ndata: \(String(decoding: told, as: UTF8.self))\n\n")
    }
  }

  @Test func `a dry run shows what would go and why`() async throws {
    let asked = Mutex<[PrepareDatasetRequest]>([])
    let end = PrepareEvent(
      rowsRead: 5, parts: [.init(part: nil, filename: "a.json", rows: 4, dataset: nil)],
      reasons: [
        .init(
          code: "duplicate", kind: .dropped, message: "A row before says the same.", rows: 1,
          examples: [.init(row: 5, line: 7, text: "{\"a\": \"\u{1B}[2J\"}")])
      ])
    try await TestServer.run(Self.answering(end) { body in asked.withLock { $0.append(body) } }) { server in
      let console = server.console()
      #expect(
        await console.run("dataset", "dedupe", "a.json", "--by", "q", "--by", "r", "--dry-run") == .done)
      #expect(console.output.text.contains("5 rows read.\n4 rows would be in a.json\n"))
      #expect(console.output.text.contains("1 left out: A row before says the same.\n  row 5, line 7: "))
      #expect(!console.output.text.contains("\u{1B}"))
      let json = server.console()
      #expect(await json.run("dataset", "split", "a.json", "--eval", "0.2", "--as", "b", "--json") == .done)
      #expect(json.output.text.contains("\"rows_read\":5"))
    }
    let bodies = asked.withLock { $0 }
    #expect(bodies.first?.dedupe?.by == ["q", "r"] && bodies.first?.dryRun == true)
    #expect(bodies.last?.split?.eval == 0.2 && bodies.last?.name == "b" && bodies.last?.dryRun == nil)
  }

  @Test(arguments: [
    ("quota_exceeded", ExitCode.tooMuch), ("conflict", .conflict), ("invalid_input", .failed),
  ])
  func `what the server could not do ends with the code for it`(_ code: String, _ exit: ExitCode) async throws
  {
    let end = PrepareEvent(code: code, problem: "It could not be.", hint: "Try less.")
    try await TestServer.run(Self.answering(end) { _ in }) { server in
      let console = server.console()
      #expect(await console.run("dataset", "sample", "a.json", "--rows", "3") == exit)
      #expect(console.errors.text == "error: It could not be.\nhint: Try less.\n")
      #expect(console.output.text.isEmpty)
    }
  }

  @Test(arguments: [
    ["convert", "a.json"], ["convert", "a.json", "--to", "csv"], ["sample", "a.json"],
    ["sample", "a.json", "--rows", "0"], ["split", "a.json", "--eval", "much"], ["filter"],
  ])
  func `what cannot be meant is refused before anything is asked`(_ words: [String]) async throws {
    try await TestServer.run(Self.answering(PrepareEvent()) { _ in }) { server in
      #expect(await server.console().run(["dataset"] + words) == .usage)
      #expect(!server.requests.contains { $0.contains("prepare") })
    }
  }
}
