@testable import CommandLineTool
import Concurrency
import Contract
import FoundationEssentials
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Talking to a model.
struct ChatTests {
  /// A server with conversations, as far as a chat uses them.
  private final class Desk: Sendable {
    struct Asked: Sendable {
      let session: String
      let message: String
      let model: String?
      let backend: AnsweringBackend?
      let edits: String?
      let lookup: ChatLookup?
    }

    private struct State {
      var asked: [Asked] = []
      var settings: [ChatSettingsBody] = []
      var indexes: [String] = []
      var made = 0
      var stops = 0
    }

    private let state = Mutex(State())
    let answer: @Sendable (Asked) async throws -> Response

    init(_ answer: @escaping @Sendable (Asked) async throws -> Response) { self.answer = answer }

    convenience init(_ pieces: String...) {
      let text = pieces.map(Self.chunk).joined() + Self.done
      self.init { _ in .stream(text) }
    }

    static func chunk(_ text: String) -> String {
      let body = try? JSONEncoder().encode(["chunk": text])
      return "data: " + String(decoding: body ?? Data(), as: UTF8.self) + "\n\n"
    }

    static let done = "data: {\"done\": true}\n\n"

    var asked: [Asked] { state.withLock(\.asked) }
    var settings: [ChatSettingsBody] { state.withLock(\.settings) }
    /// The indexes that conversations were to remember, in their order.
    var indexes: [String] { state.withLock(\.indexes) }
    var stops: Int { state.withLock(\.stops) }

    func handle(_ request: Request) async throws -> Response {
      let path = request.target.path
      let bytes = Data(try await request.body.collect())
      switch (request.method, path) {
      case (.get, "/api/files/models"): return try .wire(ModelListReply(models: [Sample.model("only")]))
      case (.post, "/conversations"):
        let number = state.withLock { state in
          state.made += 1
          return state.made
        }
        return try .wire(CreateConversationReply(sessionID: "session-\(number)", message: "Made."))
      case (.patch, _):
        let change = try JSONDecoder().decode(UpdateConversationRequest.self, from: bytes)
        if let settings = change.settings { state.withLock { $0.settings.append(settings) } }
        if let index = change.index { state.withLock { $0.indexes.append(index) } }
        return try .wire(Self.conversation("session-1"))
      case (.get, "/conversations/session-1/history"):
        return try .wire(HistoryReply(sessionID: "session-1", messages: []))
      case (.get, "/api/indexes/docs"): return try .wire(Self.docs)
      case (.get, "/api/indexes"): return try .wire(IndexListReply(indexes: [Self.docs]))
      case (.get, "/conversations"):
        return try .wire(ConversationListReply(conversations: [Self.conversation("session-9", "Old times")]))
      case (.get, "/conversations/session-9"): return try .wire(Self.conversation("session-9", "Old times"))
      case (.post, "/chat"):
        let body = try JSONDecoder().decode(SendMessageRequest.self, from: bytes)
        let asked = Asked(
          session: body.sessionID, message: body.message, model: body.model, backend: body.backend,
          edits: body.edits,
          lookup: body.index.map { ChatLookup(index: $0, count: body.indexTopK) })
        state.withLock { $0.asked.append(asked) }
        if body.stream != true {
          return try .wire(
            SendMessageReply(
              sessionID: body.sessionID, userMessage: body.message, assistantReply: "Whole.",
              sources: body.index.map { _ in Self.sources }))
        }
        return try await answer(asked)
      case (.delete, _):
        state.withLock { $0.stops += 1 }
        return try .wire(MessageReply(message: "The reply was stopped."))
      default: return try .refusal(404, "not_found", "There is no \(path).")
      }
    }

    static let docs = IndexReply(
      indexID: "index-1", name: "docs", documents: 2, passages: 9, size: 100,
      createdAt: "2026-01-02T03:04:05.000Z")

    static let sources = [
      SourceReply(
        number: 1, documentID: "d1", document: "a.md", title: "a.md › Hosts", score: 0.0164, textRank: 1,
        vectorRank: nil,
        passage: PassageReply(place: 0, headings: ["Hosts"], page: nil, text: "Hosts are added.\nSo.")),
      SourceReply(
        number: 2, documentID: "d2", document: "b.pdf", title: "b.pdf", score: 0.0161, textRank: 2,
        vectorRank: 1, passage: PassageReply(place: 4, headings: [], page: 7, text: "\u{1B}[31mRed")),
    ]

    /// An answer that cites the second source.
    static func cited(_ text: String) throws -> Response {
      let told = try JSONEncoder().encode(["sources": sources])
      return .stream(
        "data: " + String(decoding: told, as: UTF8.self) + "\n\n" + chunk(text) + "data: {\"cited\": [2]}\n\n"
          + done)
    }

    private static func conversation(_ id: String, _ title: String = "A title") -> ConversationReply {
      ConversationReply(
        sessionID: id, title: title, createdAt: "2026-01-02T03:04:05.000Z",
        updatedAt: "2026-01-02T03:04:05.000Z", messageCount: 2, pinned: false, archived: false, tags: [],
        index: id == "session-9" ? "kept" : nil, indexTopK: id == "session-9" ? 7 : nil)
    }
  }

  @Test func `an answer that is not to be kept makes no conversation`() async throws {
    let asked = Mutex<[GenerateRequest]>([])
    let handler: Handler = { request in
      guard request.method == .post, request.target.path == "/api/generate" else {
        return try .refusal(404, "not_found", "There is no \(request.target.path).")
      }
      let body = try JSONDecoder().decode(GenerateRequest.self, from: Data(try await request.body.collect()))
      asked.withLock { $0.append(body) }
      return .stream("data: {\"token\": \"Nova\"}\n\n" + Desk.done)
    }
    try await TestServer.run(handler) { server in
      let console = server.console()
      let words = ["chat", "-m", "first", "--system", "Be brief.", "--temperature", "0", "--no-save"]
      #expect(await console.run(words + ["Who?"]) == .done)
      #expect(console.output.text == "Nova\n")
      #expect(console.errors.text.isEmpty)
      let forPrograms = server.console()
      #expect(await forPrograms.run(words + ["--json", "Who?"]) == .done)
      #expect(forPrograms.output.text.contains("\"assistant_reply\":\"Nova\""))
      #expect(await server.console().run(words + ["--continue", "Who?"]) == .usage)
      #expect(server.requests.allSatisfy { $0.contains("/api/generate") || $0.contains("/api/health") })
    }
    let first = try #require(asked.withLock { $0.first })
    #expect(first.messages?.map(\.content) == ["Be brief.", "Who?"])
    #expect(first.model == "first" && first.temperature == 0)
  }

  @Test func `one question writes the answer to the output and nothing else`() async throws {
    let desk = Desk("I am ", "Nova", " 你好.")
    try await TestServer.run(desk.handle) { server in
      let console = server.console()
      let code = await console.run(
        "chat", "--model", "first", "--system", "Be brief.", "--temperature", "0", "--max-tokens", "9",
        "--top-k", "5", "Who?")
      #expect(code == .done)
      #expect(console.output.text == "I am Nova 你好.\n")
      #expect(console.errors.text.isEmpty)
    }
    let asked = try #require(desk.asked.first)
    #expect(asked.model == "first" && asked.message == "Who?" && asked.session == "session-1")
    let settings = try #require(desk.settings.first)
    #expect(settings.temperature == 0 && settings.maxTokens == 9 && settings.topK == 5)
    #expect(settings.systemPrompt == "Be brief." && settings.topP == nil)
  }

  @Test func `a question may come from a pipe, and joins the one on the line`() async throws {
    let desk = Desk("yes\n")
    try await TestServer.run(desk.handle) { server in
      let console = server.console(input: ScriptedInput(lines: ["one", "two"]))
      #expect(await console.run("chat") == .done)
      #expect(console.output.text == "yes\n")
      let both = server.console(input: ScriptedInput(lines: ["a file"]))
      #expect(await both.run("chat", "Explain.") == .done)
    }
    #expect(desk.asked.map(\.message) == ["one\ntwo", "Explain.\n\na file"])
    #expect(desk.asked.first?.model == "only")  // the only model there is
    #expect(desk.settings.isEmpty)
  }

  @Test func `an empty question is not asked`() async throws {
    try await TestServer.run { _ in
      .text("")
    } _: { server in
      #expect(await server.console(input: ScriptedInput(lines: ["  "])).run("chat", "-m", "a") == .usage)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func `options that contradict each other are refused before anything is asked`() async throws {
    try await TestServer.run { _ in
      .text("")
    } _: { server in
      for line in [
        ["--continue", "--session", "x"], ["--backend", "gpt"], ["--temperature", "3"], ["--top-p", "0"],
        ["--backend", "mock", "--model", "a"], ["--backend", "ollama", "--finetune-model", "a"],
        ["--backend", "finetune", "--base-url", "http://a/v1"], ["--backend", "compatible"],
      ] {
        let console = server.console()
        #expect(await console.run(["chat"] + line + ["hi"]) == .usage, "\(line)")
        #expect(console.output.text.isEmpty)
      }
      let variable = server.console(environment: ["LUTHIER_TEMPERATURE": "hot"])
      #expect(await variable.run("chat", "hi") == .usage)
      #expect(variable.errors.text.contains("LUTHIER_TEMPERATURE"))
      #expect(server.requests.isEmpty)
    }
  }

  @Test func `a variable stands for its option, and the option comes first`() async throws {
    let desk = Desk("Fine.")
    try await TestServer.run(desk.handle) { server in
      let console = server.console(
        environment: ["LUTHIER_BACKEND": "mock", "LUTHIER_SYSTEM": "Be kind.", "LUTHIER_TOP_P": "0.5"])
      #expect(await console.run("chat", "--top-p", "0.25", "hi") == .done)
    }
    #expect(desk.asked.first?.backend?.kind == .mock)
    #expect(desk.settings.first?.topP == 0.25 && desk.settings.first?.systemPrompt == "Be kind.")
  }

  @Test func `a key goes to its own backend and is never printed`() async throws {
    let desk = Desk("Fine.")
    try await TestServer.run(desk.handle) { server in
      let environment = ["OPENAI_API_KEY": "sk-secret"]
      let console = server.console(environment: environment)
      #expect(await console.run("chat", "-b", "openai", "-m", "gpt", "hi") == .done)
      #expect(!(console.output.text + console.errors.text).contains("secret"))
      let other = server.console(environment: environment)
      #expect(await other.run("chat", "--base-url", "http://h/v1", "-m", "x", "hi") == .done)
      let none = server.console()
      #expect(await none.run("chat", "-b", "openai", "-m", "gpt", "hi") == .refused)
    }
    #expect(desk.asked.map { $0.backend?.apiKey } == ["sk-secret", nil])
    #expect(desk.asked.map { $0.backend?.url } == ["https://api.openai.com/v1", "http://h/v1"])
  }

  @Test func `which model is asked when there are several`() async throws {
    try await TestServer.run { _ in
      try .wire(ModelListReply(models: [Sample.model("one"), Sample.model("two", id: "model-2")]))
    } _: { server in
      let console = server.console()
      #expect(await console.run("chat", "hi") == .usage)
      #expect(console.errors.text.contains("You have one, two."))
      #expect(console.output.text.isEmpty)
    }
  }

  @Test(arguments: [
    (502, "model_start_failed", 6), (404, "model_missing", 4), (401, "unauthenticated", 3),
    (502, "upstream_refused", 3), (502, "upstream_unreachable", 5), (429, "insufficient_quota", 7),
    (502, "upstream_failed", 1),
  ])
  func `what went wrong is told by the exit code`(_ status: Int, _ code: String, _ exit: Int32) async throws {
    let desk = Desk { _ in try .refusal(status, code, "It did not work.") }
    try await TestServer.run(desk.handle) { server in
      let console = server.console()
      #expect(await console.run("chat", "-m", "a", "hi").rawValue == exit)
      #expect(console.errors.text.contains("It did not work."))
      #expect(console.output.text.isEmpty)
    }
  }

  @Test func `an answer that broke off is not taken for a whole one`() async throws {
    let half = Desk { _ in .stream(Desk.chunk("Half an ")) }
    try await TestServer.run(half.handle) { server in
      let console = server.console()
      #expect(await console.run("chat", "-m", "a", "hi") == .failed)
      #expect(console.errors.text.contains("broke off"))
    }
    let told = Desk { _ in .stream(Desk.chunk("Half ") + "data: {\"error\": \"It died.\"}\n\n") }
    try await TestServer.run(told.handle) { server in
      let console = server.console()
      #expect(await console.run("chat", "-m", "a", "hi") == .failed)
      #expect(console.errors.text.contains("It died."))
    }
    let cut = Desk { _ in .stream(Desk.chunk("Half an "), isCut: true) }
    try await TestServer.run(cut.handle) { server in
      #expect(await server.console().run("chat", "-m", "a", "hi") == .unreachable)
    }
  }

  @Test func `an answer cannot drive the terminal, and is untouched in a pipe`() async throws {
    let hostile = "a\u{1B}]0;x\u{7}b\n\tc"
    let desk = Desk(hostile)
    try await TestServer.run(desk.handle) { server in
      let piped = server.console()
      #expect(await piped.run("chat", "-m", "a", "hi") == .done)
      #expect(piped.output.text == hostile + "\n")
      let shown = server.console(outputIsTerminal: true, environment: ["NO_COLOR": "1"])
      #expect(await shown.run("chat", "-m", "a", "hi") == .done)
      #expect(shown.output.text == "a\\u{1b}]0;x\\u{7}b\n\tc\n")
      let coloured = server.console(outputIsTerminal: true)
      #expect(await coloured.run("chat", "-m", "a", "hi") == .done)
      #expect(!coloured.output.text.contains("\u{1B}]") && !coloured.output.text.contains("\u{7}"))
    }
  }

  @Test func `the JSON is the server's own`() async throws {
    let desk = Desk("never")
    try await TestServer.run(desk.handle) { server in
      let console = server.console()
      #expect(await console.run("chat", "-m", "a", "--json", "hi") == .done)
      let reply = try JSONDecoder().decode(SendMessageReply.self, from: Data(console.output.bytes))
      #expect(reply.assistantReply == "Whole." && reply.userMessage == "hi")
    }
  }

  @Test func `a conversation stays one until it is cleared`() async throws {
    let desk = Desk("Fine.")
    try await TestServer.run(desk.handle) { server in
      let input = ScriptedInput(
        lines: [
          "Hello", "", "/help", "/wrong", "/set temperature 5", "\"\"\"two", "lines\"\"\"", "/clear",
          "/etc/hosts is what?", "/bye", "never",
        ],
        isTerminal: true)
      let console = server.console(input: input)
      #expect(await console.run("chat", "-m", "a") == .done)
      #expect(console.output.text == "Fine.\nFine.\nFine.\n")
      #expect(console.errors.text.contains("There is no command /wrong."))
      #expect(console.errors.text.contains("temperature is 0 to 2"))
    }
    #expect(desk.asked.map(\.message) == ["Hello", "two\nlines", "/etc/hosts is what?"])
    #expect(desk.asked.map(\.session) == ["session-1", "session-1", "session-2"])
  }

  @Test func `an answer with an index ends with what it cites, and not on the output`() async throws {
    let desk = Desk { _ in try Desk.cited("As it says [2].") }
    try await TestServer.run(desk.handle) { server in
      let console = server.console()
      #expect(await console.run("chat", "-m", "a", "--index", "docs", "--top-k", "3", "hi") == .done)
      #expect(console.output.text == "As it says [2].\n")
      #expect(console.errors.text == "Sources:\n  [2] b.pdf, page 7\n")
      let both = server.console(environment: ["LUTHIER_INDEX": "docs"])
      let options = ["--top-k", "30", "--top-k-chunks", "2", "--explain"]
      #expect(await both.run(["chat", "-m", "a", "-i", "docs"] + options + ["hi"]) == .done)
      #expect(both.errors.text.contains("  [1] a.md › Hosts  (words: 1., score 0.0164)\n"))
      #expect(both.errors.text.contains("words: 2., vectors: 1., score 0.0161, cited"))
      let json = server.console()
      #expect(await json.run("chat", "-m", "a", "-i", "docs", "--json", "hi") == .done)
      #expect(json.output.text.contains("\"sources\":[{") && json.errors.text.isEmpty)
      #expect(await server.console().run("chat", "-m", "a", "-i", "none", "hi") == .notFound)
      for line in [["--explain"], ["--top-k-chunks", "3"], ["-i", "docs", "--top-k-chunks", "51"]] {
        #expect(await server.console().run(["chat", "-m", "a"] + line + ["hi"]) == .usage, "\(line)")
      }
    }
    #expect(desk.asked.map { $0.lookup?.index } == ["docs", "docs", "docs"])
    #expect(desk.asked.map { $0.lookup?.count } == [3, 2, nil])
    #expect(desk.settings.map(\.topK) == [30], "--top-k alone is for the passages")
  }

  @Test func `an index is chosen and sources are opened within a conversation`() async throws {
    let desk = Desk {
      try $0.lookup == nil ? .stream(Desk.chunk("Plain.") + Desk.done) : Desk.cited("So [2].")
    }
    try await TestServer.run(desk.handle) { server in
      let lines = [
        "/index", "one", "/sources", "/index nowhere", "/index docs", "two", "/sources", "/sources 2",
        "/sources 9", "/index off", "three",
      ]
      let console = server.console(input: ScriptedInput(lines: lines, isTerminal: true))
      #expect(await console.run("chat", "-m", "a") == .done)
      let said = console.errors.text
      #expect(said.contains("  docs  (2 documents, 9 passages)"))
      #expect(said.contains("Questions are looked up in docs.") && said.contains("looked up nowhere."))
      #expect(said.contains("[1] a.md › Hosts  (words: 1., score 0.0164)"))
      #expect(said.contains("[31mRed") && !said.contains("\u{1B}[31mRed"), "it cannot drive the terminal")
      #expect(said.contains("There is no source 9.") && said.contains("There is no /api/indexes/nowhere"))
      #expect(said.contains("Nothing went along with the last question."))
    }
    #expect(desk.asked.map { $0.lookup?.index } == [nil, "docs", nil])
    #expect(desk.indexes == ["docs", ""])
  }

  @Test func `a conversation that is gone on with brings its index along`() async throws {
    let desk = Desk("Fine.")
    try await TestServer.run(desk.handle) { server in
      #expect(await server.console().run("chat", "-m", "a", "--continue", "more") == .done)
      #expect(desk.indexes.isEmpty)
      #expect(await server.console().run("chat", "-m", "a", "--continue", "-i", "docs", "more") == .done)
      #expect(desk.indexes == ["docs"])
      let lines = ["/load Old times", "one", "/index off", "two"]
      let console = server.console(input: ScriptedInput(lines: lines, isTerminal: true))
      #expect(await console.run("chat", "-m", "a") == .done)
    }
    #expect(desk.asked.map { $0.lookup?.index } == ["kept", "docs", "kept", nil])
    #expect(desk.asked.map { $0.lookup?.count } == [7, nil, 7, nil])
    #expect(desk.indexes == ["docs", ""])
  }

  @Test func `an earlier conversation is gone on with`() async throws {
    let desk = Desk("Fine.")
    try await TestServer.run(desk.handle) { server in
      #expect(await server.console().run("chat", "-m", "a", "--continue", "more") == .done)
      #expect(await server.console().run("chat", "-m", "a", "--session", "Old times", "more") == .done)
      #expect(await server.console().run("chat", "-m", "a", "--session", "nothing", "more") == .notFound)
      #expect(!server.requests.contains("POST /conversations"))
    }
    #expect(desk.asked.map(\.session) == ["session-9", "session-9"])
  }

  @Test func `a failed answer ends neither the conversation nor its thread`() async throws {
    let count = Mutex(0)
    let desk = Desk { _ in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number == 1 { return try .refusal(502, "upstream_failed", "The model fell over.") }
      return .stream(Desk.chunk("Fine.") + Desk.done)
    }
    try await TestServer.run(desk.handle) { server in
      let console = server.console(input: ScriptedInput(lines: ["one", "two"], isTerminal: true))
      #expect(await console.run("chat", "-m", "a") == .done)
      #expect(console.errors.text.contains("error: The model fell over."))
      #expect(console.output.text == "Fine.\n")
    }
    #expect(desk.asked.map(\.message) == ["one", "two"])
  }

  @Test func `ctrl-c stops the answer at the server too, and the conversation goes on`() async throws {
    let desk = Desk { asked in
      if asked.message == "end" { return .stream(Desk.chunk("Done.") + Desk.done) }
      return Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          try await writer.write(Array(Desk.chunk("Once upon").utf8))
          try await Task.sleep(for: .seconds(600))
        })
    }
    try await TestServer.run(desk.handle) { server in
      let test = server.console(input: ScriptedInput(lines: ["story", "end"], isTerminal: true))
      async let code = test.run("chat", "-m", "a")
      while !test.output.text.contains("Once upon") { await Task.yield() }
      test.console.interrupts.fire()
      #expect(await code == .done)
      #expect(test.output.text == "Once upon\nDone.\n")
      #expect(test.errors.text.contains("(stopped)"))
      #expect(server.requests.contains("DELETE /conversations/session-1/reply"))
    }
    #expect(desk.asked.map(\.message) == ["story", "end"])
    #expect(desk.stops == 1)
  }

  @Test func `ctrl-c pressed once more when nothing is left to stop stops nothing later either`() async throws
  {
    let desk = Desk { asked in
      if asked.message != "story" { return .stream(Desk.chunk("Done.") + Desk.done) }
      return Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          try await writer.write(Array(Desk.chunk("Once upon").utf8))
          try await Task.sleep(for: .seconds(600))
        })
    }
    try await TestServer.run(desk.handle) { server in
      let test = server.console(input: ScriptedInput(lines: ["story", "/tokens", "end"], isTerminal: true))
      let interrupts = test.console.interrupts
      // Between the answer that was stopped and the prompt, where nobody waits for it.
      let console = Console(
        environment: test.console.environment, input: test.console.input, output: test.console.output,
        errors: PressingOutput(test.errors, at: "(stopped)") { interrupts.fire() }, interrupts: interrupts,
        pause: test.console.pause)
      async let code = CommandLineTool.run(["chat", "-m", "a"], console: console)
      while !test.output.text.contains("Once upon") { await Task.yield() }
      interrupts.fire()
      #expect(await code == .done)
      #expect(test.output.text == "Once upon\nDone.\n")
      #expect(test.errors.text.contains("The conversation has 0 messages"))
      #expect(test.errors.text.split(separator: "(stopped)", omittingEmptySubsequences: false).count == 2)
    }
    #expect(desk.asked.map(\.message) == ["story", "end"])
  }

  @Test func `ctrl-c in a single question ends with 130`() async throws {
    let desk = Desk { _ in
      Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          try await writer.write(Array(Desk.chunk("Once").utf8))
          try await Task.sleep(for: .seconds(600))
        })
    }
    try await TestServer.run(desk.handle) { server in
      let test = server.console()
      async let code = test.run("chat", "-m", "a", "story")
      while !test.output.text.contains("Once") { await Task.yield() }
      test.console.interrupts.fire()
      #expect(await code == .interrupted)
    }
    #expect(desk.stops == 1)
  }
}
