@testable import CommandLineTool
import HTTPServing
import HTTPWire
import Testing

/// What a script can tell from how the program ended.
struct ExitCodeTests {
  @Test(arguments: [
    (401, "unauthenticated", ExitCode.refused), (403, "forbidden", .refused),
    (403, "quota_exceeded", .tooMuch),
    (404, "not_found", .notFound), (409, "conflict", .conflict), (413, "too_large", .tooMuch),
    (429, "rate_limited", .tooMuch), (507, "storage_full", .tooMuch),
    (502, "model_start_failed", .modelNotLoaded),
    (422, "invalid_input", .failed), (500, "internal_error", .failed),
  ])
  func `a refusal's status is an exit code`(_ status: Int, _ code: String, _ expected: ExitCode) async throws
  {
    try await TestServer.run { _ in
      try .refusal(status, code, "No.", hint: "Because.")
    } _: { server in
      let console = server.console()
      #expect(await console.run("model", "list") == expected)
      #expect(console.output.text.isEmpty)
      #expect(console.errors.text.hasPrefix("error: No.\nhint: "))
    }
  }

  @Test func `with json the errors get the server's envelope`() async throws {
    let envelope = Array("{\"error\":\"No.\",\"code\":\"conflict\",\"origin\":\"luthier\"}".utf8)
    try await TestServer.run { _ in
      .json(envelope, status: .conflict)
    } _: { server in
      let console = server.console()
      #expect(await console.run("model", "list", "--json") == .conflict)
      #expect(console.output.text.isEmpty)
      #expect(console.errors.bytes == envelope + [10])
    }
  }

  @Test func `a server that is not there ends with 5`() async throws {
    let url = try await TestServer.run { _ in
      .text("")
    } _: {
      $0.url
    }
    let console = TestConsole(environment: ["LUTHIER_SERVER": url])
    #expect(await console.run("model", "list") == .unreachable)
    #expect(console.errors.text.contains("\(url) cannot be reached"))
    #expect(console.errors.text.contains("--server URL"))
  }

  @Test func `an answer that is no Luthier server's is told as that`() async throws {
    try await TestServer.run { _ in
      .text("<html>hello")
    } _: { server in
      let console = server.console()
      #expect(await console.run("model", "list") == .failed)
      #expect(console.errors.text.contains("was not understood"))
    }
    try await TestServer.run { _ in
      .text("no", status: .badGateway)
    } _: { server in
      let console = server.console()
      #expect(await console.run("model", "list") == .failed)
      #expect(console.errors.text.contains("502"))
    }
  }

  @Test func `an error's words cannot drive the terminal`() async throws {
    try await TestServer.run { _ in
      try .refusal(409, "conflict", "a\u{1B}[2Jb", hint: "c\u{7}d")
    } _: { server in
      let console = server.console()
      #expect(await console.run("model", "list") == .conflict)
      #expect(console.errors.text == "error: a\\u{1b}[2Jb\nhint: c\\u{7}d\n")
    }
  }

  @Test func `ctrl-c ends a request with 130`() async throws {
    try await TestServer.run { request in
      try await request.sleep(for: .seconds(600))
      return .text("")
    } _: { server in
      let test = server.console()
      async let code = test.run("model", "list")
      while server.requests.isEmpty { await Task.yield() }
      test.console.interrupts.fire()
      #expect(await code == .interrupted)
    }
  }
}
