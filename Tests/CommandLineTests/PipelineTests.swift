@testable import CommandLineTool
import Contract
import FoundationEssentials
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Pipelines from the command line, and from a conversation.
struct PipelineTests {
  private static let file = "name: told\nsteps:\n  - kind: notify\n    message: done\n"

  /// A server that drafts: its model says one text after the other, and files with `done` in them are right.
  private final class Desk: Sendable {
    private struct State {
      var drafts: [String]
      var asked: [GenerateRequest] = []
      var run: [String] = []
    }

    private let state: Mutex<State>

    init(_ drafts: String...) { state = Mutex(State(drafts: drafts)) }

    var asked: [GenerateRequest] { state.withLock { $0.asked } }
    var run: [String] { state.withLock { $0.run } }

    func handle(_ request: Request) async throws -> Response {
      let bytes = Data(try await request.body.collect())
      switch (request.method, request.target.path) {
      case (.get, "/api/files/models"): return try .wire(ModelListReply(models: [Sample.model("only")]))
      case (.get, "/api/models/shared"): return try .wire(FoundModelListReply(models: []))
      case (.get, "/api/files/datasets"): return try .wire(DatasetListReply(files: []))
      case (.post, "/api/generate"):
        let body = try JSONDecoder().decode(GenerateRequest.self, from: bytes)
        let said = state.withLock { state in
          state.asked.append(body)
          return state.drafts.count > 1 ? state.drafts.removeFirst() : state.drafts[0]
        }
        let piece = String(decoding: try JSONEncoder().encode(["token": said]), as: UTF8.self)
        return .stream("data: \(piece)\n\ndata: {\"done\": true}\n\n")
      case (.post, "/api/pipelines/plan"):
        let text = try JSONDecoder().decode(PipelineRequest.self, from: bytes).text
        let problem = PipelinePlanReply.Problem(
          path: "steps", line: 3, code: "invalid_input", message: "The pipeline has no steps.", hint: nil)
        let isRight = text.contains("done")
        return try .wire(
          PipelinePlanReply(
            valid: isRight, name: isRight ? "told" : nil, description: nil,
            problems: isRight ? [] : [problem],
            steps: isRight
              ? [
                .init(
                  id: "notify", kind: .notify, summary: "Tells you", creates: [], warnings: [], estimate: nil,
                  inputs: [:])
              ]
              : []))
      case (.post, "/api/pipelines"):
        let text = try JSONDecoder().decode(PipelineRequest.self, from: bytes).text
        state.withLock { $0.run.append(text) }
        return try .wire(PipelineTests.reply(.running))
      default: return try .refusal(404, "not_found", "There is no \(request.target.path).")
      }
    }
  }

  static func reply(_ status: PipelineStatus) -> PipelineReply {
    PipelineReply(
      pipelineID: "run-1", name: "told", description: nil, status: status, cancelRequested: false,
      steps: [
        .init(
          id: "notify", kind: .notify, status: status == .failed ? .failed : .completed, attempt: 1,
          taskID: nil, progress: nil, inputs: [:], outputs: [:],
          failure: status == .failed ? .init(code: "forbidden", message: "Not there.", hint: "Ask.") : nil,
          startedAt: nil, endedAt: nil)
      ], createdAt: "2026-01-02T03:04:05.000Z", updatedAt: "2026-01-02T03:04:05.000Z", endedAt: nil)
  }

  @Test func `a draft is shown with its plan, and runs only with yes where nobody can be asked`() async throws
  {
    for (more, runs) in [([], 0), (["--yes"], 1)] as [([String], Int)] {
      let desk = Desk("Here it is:\n```yaml\n\(Self.file)```\nGood luck!")
      try await TestServer.run(desk.handle) { server in
        let person = server.console()
        let code = await person.run(["chat"] + more + ["/pipeline tell me"])
        #expect(code == .done, "\(person.errors.text)")
        #expect(person.output.text.contains(Self.file))
        #expect(person.output.text.contains("1. notify: Tells you"))
        #expect(!person.output.text.contains("Good luck"))
      }
      #expect(desk.run.count == runs)
      #expect(desk.run.allSatisfy { $0 == Self.file })
      let system = desk.asked.first?.messages?.first?.content ?? ""
      #expect(system.contains("additionalProperties") && system.contains("- only"))
    }
  }

  @Test func `what is wrong goes back to the model twice, and is shown then`() async throws {
    let desk = Desk("name: told")
    try await TestServer.run(desk.handle) { server in
      let person = server.console()
      #expect(await person.run("chat", "--yes", "/pipeline tell me") == .failed)
      #expect(person.errors.text.contains("line 3: steps: The pipeline has no steps."))
    }
    #expect(desk.asked.count == 3)
    #expect(
      desk.asked.last?.messages?.last?.content.contains("line 3, steps: The pipeline has no steps.") == true)
    #expect(desk.run.isEmpty)
  }

  @Test func `a draft that is put right is offered, and runs when the person says yes`() async throws {
    for (word, runs) in [("y", 1), ("", 0), ("no", 0)] {
      let desk = Desk("name: told", Self.file)
      try await TestServer.run(desk.handle) { server in
        let person = server.console(
          input: ScriptedInput(lines: ["/pipeline tell me", word], isTerminal: true))
        #expect(await person.run("chat") == .done)
        #expect(person.errors.text.contains("Run it? [y/N]"))
        #expect(person.errors.text.contains("It was not run.") == (runs == 0))
      }
      #expect(desk.asked.count == 2)
      #expect(desk.run.count == runs)
    }
  }

  @Test func `a run is followed to its end, and its exit code says how that was`() async throws {
    for (status, code) in [
      (PipelineStatus.completed, ExitCode.done), (.failed, .taskFailed), (.cancelled, .taskCancelled),
    ] {
      let answer: Handler = { request in
        request.target.path == "/api/events"
          ? .stream("event: ready\nid: 1\ndata: {\"sequence\": 1}\n\n") : try .wire(Self.reply(status))
      }
      try await TestServer.run(answer) { server in
        let person = server.console()
        #expect(await person.run("pipeline", "run", "examples/pipeline.yaml") == code)
        #expect(person.errors.text.contains("run-1"))
        #expect(person.errors.text.contains("Not there.") == (status == .failed))
      }
    }
  }

  @Test func `the schema is printed without a server`() async throws {
    let person = TestConsole()
    #expect(await person.run("pipeline", "schema") == .done)
    let printed = try JSONDecoder().decode(JSONValue.self, from: Data(person.output.bytes))
    #expect(printed == PipelineSchema.document)
  }
}
