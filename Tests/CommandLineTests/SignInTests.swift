@testable import CommandLineTool
import Contract
import Glibc
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Signing in and out, and where the token is kept.
struct SignInTests {
  private static let handler: Handler = { request in
    switch (request.method, request.target.path) {
    case (.post, "/api/auth/login"):
      let body = String(decoding: try await request.body.collect(), as: UTF8.self)
      guard body.contains("\"right\""), request.fields["Authorization"] == nil else {
        return try .refusal(401, "unauthenticated", "Wrong user name or password.")
      }
      return try .wire(LoginReply(accessToken: "token-of-ada", expiresIn: 86_400, user: Sample.user))
    case (.get, "/api/auth/me"):
      guard request.fields["Authorization"] == "Bearer token-of-ada" else {
        return try .refusal(401, "unauthenticated", "The token has expired.", hint: "Log in.")
      }
      return try .wire(Sample.user)
    default: return try .refusal(404, "not_found", "No such route.")
    }
  }

  private func console(_ server: TestServer, _ folder: String, lines: [String] = []) -> TestConsole {
    TestConsole(
      environment: ["LUTHIER_SERVER": server.url, "XDG_CONFIG_HOME": folder],
      input: ScriptedInput(lines: lines))
  }

  @Test func `a sign-in is kept for its owner alone and used by the next command`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.handler) { server in
        let login = console(server, folder, lines: ["right"])
        #expect(await login.run("login", "--username", "ada", "--password-stdin") == .done)
        #expect(login.output.text == "Signed in to \(server.url) as ada for 24 hours.\n")
        #expect(mode(of: folder + "/luthier") == 0o700)
        #expect(mode(of: folder + "/luthier/credentials.json") == 0o600)
        #expect(!(login.output.text + login.errors.text).contains("token-of-ada"))

        let me = console(server, folder)
        #expect(await me.run("whoami") == .done)
        #expect(me.output.text.contains("ada@example.org"))
        // Also where no server is named: the last sign-in is meant.
        let unnamed = TestConsole(environment: ["XDG_CONFIG_HOME": folder])
        #expect(await unnamed.run("whoami") == .done)

        #expect(await console(server, folder).run("logout") == .done)
        #expect(await console(server, folder).run("whoami") == .refused)
      }
    }
  }

  @Test func `a folder and a file that others could read are closed to them`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.handler) { server in
        mkdir(folder + "/luthier", 0o755)
        try write(Array("{\"servers\":{}}".utf8), to: folder + "/luthier/credentials.json")
        let login = console(server, folder, lines: ["right"])
        #expect(await login.run("login", "--username", "ada", "--password-stdin") == .done)
        #expect(mode(of: folder + "/luthier") == 0o700)
        #expect(mode(of: folder + "/luthier/credentials.json") == 0o600)
      }
    }
  }

  @Test func `a token is given to no other server than its own`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.handler) { server in
        let login = console(server, folder, lines: ["right"])
        #expect(await login.run("login", "--username", "ada", "--password-stdin") == .done)
        try await TestServer.run { request in
          #expect(request.fields["Authorization"] == nil)
          return try .refusal(401, "unauthenticated", "Not signed in.")
        } _: { other in
          #expect(await console(other, folder).run("whoami") == .refused)
          #expect(other.requests == ["GET /api/auth/me"])
        }
      }
    }
  }

  @Test func `a wrong password is refused with 3 and saves nothing`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.handler) { server in
        let login = console(server, folder, lines: ["wrong"])
        #expect(await login.run("login", "--username", "ada", "--password-stdin") == .refused)
        #expect(login.errors.text.contains("error: Wrong user name or password."))
        #expect(!login.errors.text.contains("\"wrong\""))
        #expect(mode(of: folder + "/luthier/credentials.json") == nil)
      }
    }
  }

  @Test func `an expired token says how to sign in again`() async throws {
    try await TestServer.run(Self.handler) { server in
      let console = server.console()
      #expect(await console.run("whoami") == .refused)
      #expect(
        console.errors.text == """
          error: The token has expired.
          hint: Sign in: luthier login --server \(server.url)

          """)
    }
  }

  @Test func `a password is never asked for where nobody can answer`() async throws {
    let console = TestConsole(input: ScriptedInput(lines: ["right"], isTerminal: false))
    #expect(await console.run("login", "--username", "ada") == .usage)
    #expect(console.errors.text.contains("--password-stdin"))
  }

  @Test func `the environment's token goes before the saved one`() async throws {
    let sent = Mutex<[String]>([])
    try await withTemporaryFolder { folder in
      try await TestServer.run { request in
        sent.withLock { $0.append(request.fields["Authorization"] ?? "-") }
        return .text("", status: .notFound)
      } _: { server in
        let file = try CredentialsFile(environment: ["XDG_CONFIG_HOME": folder])
        try file.save(
          Credentials(servers: [server.url: .init(token: "saved", username: "ada")], current: server.url))
        for own in [["LUTHIER_TOKEN": "t"], ["LUTHIER_API_KEY": "k"], [:]] {
          let environment = own.merging(["XDG_CONFIG_HOME": folder]) { $1 }
          #expect(await TestConsole(environment: environment).run("whoami") == .notFound)
        }
      }
    }
    #expect(sent.withLock { $0 } == ["Bearer t", "Bearer k", "Bearer saved"])
  }

  @Test func `a broken file of sign-ins is told, and left as it is`() async throws {
    try await withTemporaryFolder { folder in
      mkdir(folder + "/luthier", 0o700)
      let path = folder + "/luthier/credentials.json"
      try write(Array("{oops".utf8), to: path)
      let console = TestConsole(environment: ["XDG_CONFIG_HOME": folder])
      #expect(await console.run("whoami") == .failed)
      #expect(console.errors.text.contains("not readable as saved sign-ins"))
      #expect(readFile(path) == Array("{oops".utf8))
    }
  }
}
