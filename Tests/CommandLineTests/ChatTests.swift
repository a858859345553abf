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
  private final class Asked: Sendable {
    private let bodies = Mutex<[OpenAIChatRequest]>([])
    func add(_ body: OpenAIChatRequest) { bodies.withLock { $0.append(body) } }
    var all: [OpenAIChatRequest] { bodies.withLock { $0 } }
  }

  private static func chunk(_ content: String, finish: String? = nil) throws -> String {
    let reply = OpenAIChatReply(
      id: "c", object: "chat.completion.chunk", created: 0, model: "m",
      choices: [.init(delta: .init(content: content), finishReason: finish)])
    return "data: " + String(decoding: try JSONEncoder().encode(reply), as: UTF8.self) + "\n\n"
  }

  private static func answering(_ asked: Asked, _ pieces: [String], finish: String = "stop") -> Handler {
    { request in
      guard request.target.path == "/v1/chat/completions" else {
        return try .wire(ModelListReply(models: [Sample.model("only")]))
      }
      asked.add(
        try JSONDecoder().decode(OpenAIChatRequest.self, from: Data(try await request.body.collect())))
      let text =
        try pieces.map { try Self.chunk($0) }.joined() + Self.chunk("", finish: finish) + "data: [DONE]\n\n"
      return .stream(text)
    }
  }

  @Test func `one question writes the answer to the output and nothing else`() async throws {
    let asked = Asked()
    try await TestServer.run(Self.answering(asked, ["I am ", "Nova", " 你好."])) { server in
      let console = server.console()
      let code = await console.run(
        "chat", "--model", "first", "--system", "Be brief.", "--temperature", "0", "--max-tokens", "9", "Who?"
      )
      #expect(code == .done)
      #expect(console.output.text == "I am Nova 你好.\n")
      #expect(console.errors.text.isEmpty)
    }
    let request = try #require(asked.all.first)
    #expect(request.model == "first" && request.stream == true)
    #expect(request.temperature == 0 && request.maxTokens == 9)
    #expect(request.messages.map(\.content) == ["Be brief.", "Who?"])
  }

  @Test func `a question may come from a pipe, without its last line end`() async throws {
    let asked = Asked()
    try await TestServer.run(Self.answering(asked, ["yes\n"])) { server in
      let console = server.console(input: ScriptedInput(lines: ["one", "two"]))
      #expect(await console.run("chat") == .done)
      #expect(console.output.text == "yes\n")
    }
    #expect(asked.all.map { $0.messages.map(\.content) } == [["one\ntwo"]])
    #expect(asked.all.first?.model == "only")  // the only model there is
  }

  @Test func `an empty question is not asked`() async throws {
    try await TestServer.run { _ in
      .text("")
    } _: { server in
      #expect(await server.console(input: ScriptedInput(lines: ["  "])).run("chat", "-m", "a") == .usage)
      #expect(server.requests.isEmpty)
    }
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

  @Test func `a model that could not be loaded ends with 6, in the stream too`() async throws {
    try await TestServer.run { _ in
      try .refusal(502, "model_start_failed", "The model did not start.")
    } _: { server in
      #expect(await server.console().run("chat", "-m", "a", "hi") == .modelNotLoaded)
    }
    try await TestServer.run { _ in
      .stream(
        try Self.chunk("Half ")
          + "data: {\"error\":{\"message\":\"It died.\",\"type\":\"x\",\"code\":\"model_start_failed\"}}\n\n")
    } _: { server in
      let console = server.console()
      #expect(await console.run("chat", "-m", "a", "hi") == .modelNotLoaded)
      #expect(console.errors.text.contains("error: It died."))
    }
  }

  @Test func `an answer that broke off is not taken for a whole one`() async throws {
    try await TestServer.run { _ in
      .stream(try Self.chunk("Half an "))
    } _: { server in
      let console = server.console()
      #expect(await console.run("chat", "-m", "a", "hi") == .failed)
      #expect(console.errors.text.contains("broke off"))
    }
    try await TestServer.run { _ in
      .stream(try Self.chunk("Half an "), isCut: true)
    } _: { server in
      #expect(await server.console().run("chat", "-m", "a", "hi") == .unreachable)
    }
  }

  @Test func `an answer cannot drive the terminal, and is untouched in a pipe`() async throws {
    let hostile = "a\u{1B}]0;x\u{7}b\n\tc"
    try await TestServer.run(Self.answering(Asked(), [hostile])) { server in
      let piped = server.console()
      #expect(await piped.run("chat", "-m", "a", "hi") == .done)
      #expect(piped.output.text == hostile + "\n")
      let shown = server.console(outputIsTerminal: true, environment: ["NO_COLOR": "1"])
      #expect(await shown.run("chat", "-m", "a", "hi") == .done)
      #expect(shown.output.text == "a\\u{1b}]0;x\\u{7}b\n\tc\n")
    }
  }

  @Test func `a conversation carries what was said, until it is cleared`() async throws {
    let asked = Asked()
    try await TestServer.run(Self.answering(asked, ["Fine."])) { server in
      let input = ScriptedInput(
        lines: [
          "Hello", "", "/help", "/wrong", "\"\"\"two", "lines\"\"\"", "/clear", "Again", "/bye", "never",
        ],
        isTerminal: true)
      let console = server.console(input: input)
      #expect(await console.run("chat", "-m", "a") == .done)
      #expect(console.output.text == "Fine.\nFine.\nFine.\n")
      #expect(console.errors.text.contains("There is no command /wrong."))
    }
    #expect(
      asked.all.map { $0.messages.map(\.content) } == [
        ["Hello"], ["Hello", "Fine.", "two\nlines"], ["Again"],
      ])
  }

  @Test func `a failed answer ends neither the conversation nor its thread`() async throws {
    let asked = Asked()
    let good = Self.answering(asked, ["Fine."])
    let count = Mutex(0)
    try await TestServer.run { request in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number == 1 { return try .refusal(502, "upstream_failed", "The model fell over.") }
      return try await good(request)
    } _: { server in
      let console = server.console(input: ScriptedInput(lines: ["one", "two"], isTerminal: true))
      #expect(await console.run("chat", "-m", "a") == .done)
      #expect(console.errors.text.contains("error: The model fell over."))
    }
    #expect(asked.all.map { $0.messages.map(\.content) } == [["two"]])
  }

  @Test func `ctrl-c stops the answer, keeps what was said, and the conversation goes on`() async throws {
    let asked = Asked()
    let closed = Gate()
    try await TestServer.run { request in
      let body = try await request.body.collect()
      asked.add(try JSONDecoder().decode(OpenAIChatRequest.self, from: Data(body)))
      if asked.all.count > 1 { return .stream(try Self.chunk("Done.") + "data: [DONE]\n\n") }
      return Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          defer { closed.open() }
          try await writer.write(Array(try Self.chunk("Once upon").utf8))
          try await request.sleep(for: .seconds(600))
        })
    } _: { server in
      let test = server.console(input: ScriptedInput(lines: ["story", "end"], isTerminal: true))
      async let code = test.run("chat", "-m", "a")
      while !test.output.text.contains("Once upon") { await Task.yield() }
      test.console.interrupts.fire()
      #expect(await code == .done)
      try await closed.wait()  // the server saw the client go
      #expect(test.output.text == "Once upon\nDone.\n")
      #expect(test.errors.text.contains("(stopped)"))
    }
    #expect(asked.all.last?.messages.map(\.content) == ["story", "Once upon", "end"])
  }

  @Test func `ctrl-c in a single question ends with 130`() async throws {
    try await TestServer.run { request in
      Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          try await writer.write(Array(try Self.chunk("Once").utf8))
          try await request.sleep(for: .seconds(600))
        })
    } _: { server in
      let test = server.console()
      async let code = test.run("chat", "-m", "a", "story")
      while !test.output.text.contains("Once") { await Task.yield() }
      test.console.interrupts.fire()
      #expect(await code == .interrupted)
    }
  }
}
