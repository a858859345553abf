@testable import API
import Contract
import Domain
import HTTPWire
import Testing

/// P3, P13: every route of the table asks who calls, unless it is one of the few open ones.
@Suite struct AccessTests {
  /// The routes that need no login: a new one must be added here on purpose.
  private static let open: Set<String> = [
    "POST /api/auth/register", "POST /api/auth/login", "GET /api/health", "GET /openapi.json", "GET /docs",
    "GET /api/pipelines/schema", "GET /", "GET /app", "GET /app/{path...}", "GET /assets/{name}",
  ]

  private static var table: [Endpoint] { Routes.table(maximumUpload: 1000) }

  private static func name(_ endpoint: Endpoint) -> String { "\(endpoint.method) \(endpoint.pattern)" }

  private static func path(_ endpoint: Endpoint) -> String {
    endpoint.pattern.split(separator: "/", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("{") ? randomUUID() : String($0) }.joined(separator: "/")
  }

  @Test func `the open routes are the listed ones and no others`() {
    let found = Set(Self.table.filter { $0.access == .open }.map(Self.name))
    #expect(found == Self.open)
  }

  @Test func `without a good credential no route behind the login does anything`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let gone = try await server.register("bob")
      let made = try await server.send(.post, "/api/auth/keys", .json(["name": "k"]), as: user)
      let key = try made.string("key")
      let keyPath = try "/api/auth/keys/" + made.string("key_id")
      _ = try await server.send(.delete, keyPath, as: user)
      _ = try await server.send(.post, "/api/auth/logout-everywhere", as: gone)
      let credentials: [(String, String?)] = [
        ("nobody", nil), ("an empty credential", "Bearer "), ("another scheme", "Basic YTpi"),
        ("no scheme", user.token), ("not a token", "Bearer not.a.token"),
        ("a tampered token", "Bearer \(Self.tampered(user.token))"),
        ("a token without its signature", "Bearer \(Self.unsigned(user.token))"),
        ("a token that was ended", "Bearer \(gone.token)"), ("a deleted key", "Bearer \(key)"),
        ("control bytes", "Bearer \t"), ("much", "Bearer " + String(repeating: "a", count: 9000)),
      ]
      for endpoint in Self.table where endpoint.access != .open {
        for (what, credential) in credentials {
          try await server.check(
            APIScenario(
              "\(Self.name(endpoint)) with \(what)", endpoint.method, Self.path(endpoint),
              fields: credential.map { [("Authorization", $0)] } ?? [], expect: 401,
              contains: [endpoint.pattern.hasPrefix("/v1/") ? "invalid_api_key" : "unauthenticated"],
              lacks: ["ada", "bob", key], storesNothing: true), as: nil)
        }
      }
    }
  }

  @Test func `an expired token opens no route`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      server.clock.advance(seconds: 86_400 + 60)
      for endpoint in Self.table where endpoint.access != .open {
        let answer = try await server.send(endpoint.method, Self.path(endpoint), as: user)
        #expect(answer.status == 401, "\(Self.name(endpoint))")
        #expect(answer.text.contains("expired"))
      }
    }
  }

  @Test func `a token and an API key open every route behind the login`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "k"]), as: user).string("key")
      for endpoint in Self.table where endpoint.access != .open {
        if case .events = endpoint.answer { continue }  // no end to wait for
        if endpoint.name == "logoutEverywhere" { continue }
        for token in [user.token, key] {
          let answer = try await server.send(endpoint.method, Self.path(endpoint), token: token)
          #expect(answer.status != 401 && answer.status < 500, "\(Self.name(endpoint)): \(answer.text)")
        }
      }
    }
  }

  @Test func `the open routes work for nobody, and for a bad token`() async throws {
    try await TestServer.run { server in
      for endpoint in Self.table
      where endpoint.access == .open && endpoint.method == .get && endpoint.parameters.isEmpty {
        for token in [nil, "not.a.token"] {
          let answer = try await server.send(.get, endpoint.pattern, token: token)
          #expect(answer.status == 200, "\(endpoint.name)")
        }
      }
    }
  }

  /// The signature's last character but one changed: the last may hold bits that do not count.
  private static func tampered(_ token: String) -> String {
    var characters = Array(token)
    let place = characters.count - 2
    characters[place] = characters[place] == "A" ? "B" : "A"
    return String(characters)
  }

  /// `alg: none`, the oldest trick.
  private static func unsigned(_ token: String) -> String {
    let parts = token.split(separator: ".")
    return "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.\(parts.count > 1 ? parts[1] : "")."
  }
}
