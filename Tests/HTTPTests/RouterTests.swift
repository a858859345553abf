import EventLoop
import HTTPServing
import HTTPWire
import Testing

struct RouterTests {
  private struct Context: Sendable {
    var user = "nobody"
  }

  private typealias Row = Route<Context>

  private static func answer(_ text: String) -> @Sendable (Request, Context) async throws -> Response {
    { _, _ in .text(text) }
  }

  private static func router(_ routes: [Row], _ middleware: [Middleware<Context>] = []) throws(RouterError)
    -> Router<Context>
  {
    try Router(routes: routes, middleware: middleware) { _ in Context() }
  }

  private static func exchange(_ router: Router<Context>, _ line: String) async throws -> String {
    try await LiveServer.run(handler: router.handle) { live in
      try await live.exchange("\(line) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    }
  }

  private static func table() throws -> Router<Context> {
    try router([
      .on(.get, "/", action: answer("root")),
      .on(.get, "/api/tasks", action: answer("list")),
      .on(.post, "/api/tasks", bodyLimit: 5) { request, _ in
        .text("\(try await request.body.collect().count)")
      },
      .on(.get, "/api/tasks/{id}", Int64.self) { _, _, id in .text("task \(id + 1)") },
      .on(.get, "/api/tasks/mine", action: answer("mine")),
      .on(.delete, "/api/{kind}/mine", String.self) { _, _, kind in .text("no \(kind) left") },
      .on(.get, "/api/{kind}/{name}/logs", String.self, String.self) { request, _, kind, name in
        .text("\(kind)|\(name)|\(request.route ?? "-")")
      },
      .on(.get, "/files/{path...}", String.self) { _, _, path in .text("file \(path)") },
    ])
  }

  @Test(arguments: [
    ("GET /", "200", "root"), ("GET /api/tasks", "200", "list"), ("GET /api/tasks/41", "200", "task 42"),
    ("GET /api/tasks/mine", "200", "mine"), ("DELETE /api/tasks/mine", "405", "does not take this method"),
    ("DELETE /api/models/mine", "200", "no models left"),
    ("GET /api/models/a%20b/logs?x=1", "200", "models|a b|/api/{kind}/{name}/logs"),
    ("GET /files/a/b%20c", "200", "file a/b c"), ("GET /files/", "200", "file "),
    ("GET /api/tasks/notanumber", "404", "nothing at this address"),
    ("GET /api/tasks/", "404", "nothing at this address"),
    ("GET /api//x/logs", "404", "nothing"), ("GET /%61pi/tasks", "404", "nothing"),
    ("GET /files", "404", "nothing"),
    ("GET /API/tasks", "404", "nothing"), ("GET /nowhere", "404", "nothing"),
  ])
  func `a path finds its most specific route`(line: String, status: String, text: String) async throws {
    let answer = try await Self.exchange(try Self.table(), line)
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    #expect(answer.contains(text))
  }

  @Test func `another method is 405 with Allow, OPTIONS is answered, HEAD has no body`() async throws {
    let router = try Self.table()
    let wrong = try await Self.exchange(router, "DELETE /api/tasks")
    #expect(wrong.hasPrefix("HTTP/1.1 405 "))
    #expect(wrong.contains("\r\nAllow: GET, HEAD, OPTIONS, POST\r\n"))
    let options = try await Self.exchange(router, "OPTIONS /api/tasks/1")
    #expect(options.hasPrefix("HTTP/1.1 204 "))
    #expect(options.contains("\r\nAllow: GET, HEAD, OPTIONS\r\n"))
    #expect(!options.contains("Content-Length"))
    let head = try await Self.exchange(router, "HEAD /api/tasks")
    #expect(head.hasPrefix("HTTP/1.1 200 "))
    #expect(head.contains("\r\nContent-Length: 4\r\n"))
    #expect(head.hasSuffix("\r\n\r\n"))
    let star = try await Self.exchange(router, "OPTIONS *")
    #expect(star.hasPrefix("HTTP/1.1 204 "))
  }

  @Test func `a path has the methods of its most specific route alone`() async throws {
    let router = try Self.router([
      .on(.post, "/jobs/plan", action: Self.answer("plan")),
      .on(.get, "/jobs/{id}", String.self) { _, _, id in .text(id) },
      .on(.delete, "/jobs/{id}", String.self) { _, _, id in .text(id) },
      .on(.put, "/{rest...}", String.self) { _, _, rest in .text(rest) },
    ])
    for (line, allowed) in [
      ("GET /jobs/plan", "OPTIONS, POST"), ("DELETE /jobs/plan", "OPTIONS, POST"),
      ("PUT /jobs/1", "DELETE, GET, HEAD, OPTIONS"), ("GET /jobs", "OPTIONS, PUT"),
    ] {
      let answer = try await Self.exchange(router, line)
      #expect(answer.hasPrefix("HTTP/1.1 405 "), "\(line)")
      #expect(answer.contains("\r\nAllow: \(allowed)\r\n"), "\(line): \(answer)")
    }
    let head = try await Self.exchange(router, "HEAD /jobs/1")
    #expect(head.hasPrefix("HTTP/1.1 200 "))
  }

  @Test func `a route's own body limit holds`() async throws {
    let router = try Self.table()
    let answers = try await LiveServer.run(handler: router.handle) { live in
      let head = "POST /api/tasks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
      return [
        try await live.exchange(head + "Content-Length: 5\r\n\r\n12345"),
        try await live.exchange(head + "Content-Length: 6\r\n\r\n123456"),
        try await live.exchange(head + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n0\r\n\r\n"),
      ]
    }
    #expect(answers[0].hasSuffix("\r\n\r\n5"))
    #expect(answers[1].hasPrefix("HTTP/1.1 413 "))
    #expect(answers[2].hasPrefix("HTTP/1.1 413 "))
  }

  @Test func `middleware stands around actions in order, and sees what is not found`() async throws {
    let outer: Middleware<Context> = { request, context, next in
      do {
        var response = try await next(request, context)
        response.fields.add("X-Order", "outer")
        return response
      } catch let error as HTTPError {
        return .text("caught \(error.code.rawValue) \(request.route ?? "-")", status: error.status)
      }
    }
    let login: Middleware<Context> = { request, context, next in
      guard request.fields["X-User"] == "ada" else {
        throw HTTPError(.unauthorized, .init(rawValue: "who"), "who are you?")
      }
      var context = context
      context.user = "ada"
      var response = try await next(request, context)
      response.fields.add("X-Order", "login")
      return response
    }
    let open: [Row] = [.on(.get, "/open") { _, context in .text("open \(context.user)") }]
    let closed: [Row] = [.on(.get, "/me") { _, context in .text("hello \(context.user)") }]
    let router = try Self.router(open + closed.with(login).under("/api"), [outer])
    let me = try await Self.exchange(router, "GET /api/me HTTP/1.1\r\nX-User: ada\r\nX-Rest:")
    #expect(me.contains("hello ada"))
    #expect(me.contains("X-Order: login\r\nX-Order: outer\r\n"))
    #expect(try await Self.exchange(router, "GET /api/me").contains("caught who /api/me"))
    #expect(try await Self.exchange(router, "GET /open").hasSuffix("open nobody"))
    #expect(try await Self.exchange(router, "GET /gone").contains("caught not_found -"))
    #expect(try await Self.exchange(router, "POST /open").contains("caught method_not_allowed -"))
  }

  @Test func `a mistake in the table is found when the router is made`() {
    func code(_ routes: [Row]) -> RouterError.Code? {
      do throws(RouterError) { _ = try Self.router(routes) } catch { return error.code }
      return nil
    }
    func get(_ pattern: String) -> Row { .on(.get, pattern, action: Self.answer("")) }
    func one(_ pattern: String) -> Row { .on(.get, pattern, String.self) { _, _, _ in .empty() } }
    #expect(code([get("/a"), get("/a")]) == .duplicate)
    #expect(code([one("/a/{x}"), one("/a/{y}")]) == .duplicate)
    #expect(code([one("/a/{x...}"), one("/a/{y...}")]) == .duplicate)
    #expect(code([one("/{x}/b"), one("/a/{y}")]) == .ambiguous)
    #expect(code([one("/a/{x}"), get("/a/b")]) == nil)
    #expect(code([one("/a/{x}"), one("/a/{x...}")]) == nil)
    #expect(code([one("/a/{x}"), .on(.post, "/a/{x}", String.self) { _, _, _ in .empty() }]) == nil)
    #expect(code([get("/a/{x}")]) == .parameterCount)
    #expect(code([one("/a")]) == .parameterCount)
    for broken in ["a", "/{", "/{}", "/{x", "/a b", "/a%20b", "/..", "/你", "/{x...}/b"] {
      #expect(code([get(broken)]) == .malformed, "\(broken)")
    }
  }
}
