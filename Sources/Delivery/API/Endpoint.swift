import Domain
import HTTPServing
import HTTPWire

/// A row of the route table: what is served where, to whom, and what goes in and out.
///
/// The router and the OpenAPI document are both made from it.
struct Endpoint: Sendable {
  enum Access: Sendable {
    case open, login
    /// A login, or none where the operator lets guests in.
    case guest
    /// An administrator's login.
    case administrator
    /// An administrator's login, or none where the operator has opened the metrics.
    case watcher
  }

  enum Answer: Sendable {
    case json(any (Codable & Sendable).Type)
    /// Server-sent events, each with this as its data.
    case events(any (Codable & Sendable).Type)
    /// JSON, or with `"stream": true` server-sent events.
    case jsonOrEvents(any (Codable & Sendable).Type, any (Codable & Sendable).Type)
    /// Another media type: a download, the document, the docs page.
    case bytes(String)
  }

  enum Body: Sendable {
    case json(any (Codable & Sendable).Type)
    /// One file in a multipart form.
    case file(field: String)
    /// Bytes as they are.
    case bytes
  }

  struct Query: Sendable {
    let name: String
    let summary: String
    let type: String
  }

  let method: HTTPMethod
  let pattern: String
  /// The OpenAPI `operationId`.
  let name: String
  let summary: String
  let tag: String
  let access: Access
  let body: Body?
  let query: [Query]
  let answer: Answer
  /// Statuses beyond 200 and those that follow from access and body.
  let errors: [HTTPStatus]
  let bodyLimit: Int64?
  let action: @Sendable (Call) async throws -> Response

  init(
    _ method: HTTPMethod, _ pattern: String, _ name: String, _ summary: String, tag: String,
    access: Access = .login, body: Body? = nil, query: [Query] = [], answer: Answer,
    errors: [HTTPStatus] = [], bodyLimit: Int64? = nil,
    action: @escaping @Sendable (Call) async throws -> Response
  ) {
    self.method = method
    self.pattern = pattern
    self.name = name
    self.summary = summary
    self.tag = tag
    self.access = access
    self.body = body
    self.query = query
    self.answer = answer
    self.errors = errors
    self.bodyLimit = bodyLimit
    self.action = action
  }

  /// The names in braces.
  var parameters: [String] {
    documentedPattern.split(separator: "/").filter { $0.hasPrefix("{") }
      .map { String($0.dropFirst().dropLast()) }
  }

  /// The pattern as OpenAPI writes it, without the router's marks.
  var documentedPattern: String {
    pattern.split(separator: "/", omittingEmptySubsequences: false)
      .map { segment in
        for mark in ["*}", "...}"] where segment.hasSuffix(mark) { return segment.dropLast(mark.count) + "}" }
        return String(segment)
      }.joined(separator: "/")
  }

  /// Characters that may stand in its braces: an identifier's, a name's; nil where any path of the page may.
  var longestParameter: Int64? {
    if pattern.contains("...}") { return nil }
    return pattern.contains("*}") ? 1024 : 64
  }

  var route: Route<CallContext> {
    let action = action
    let middleware: [Middleware<CallContext>] =
      switch access {
      case .open: []
      case .login: [Middlewares.authenticate]
      case .guest: [Middlewares.authenticateOrGuest]
      case .administrator: [Middlewares.authenticate, Middlewares.administrate]
      case .watcher: [Middlewares.watch]
      }
    if parameters.isEmpty {
      return Route.on(method, pattern, bodyLimit: bodyLimit) { request, context in
        try await action(Call(request: request, context: context, parameter: ""))
      }.with(middleware)
    }
    return Route.on(method, pattern, String.self, bodyLimit: bodyLimit) { request, context, value in
      try await action(Call(request: request, context: context, parameter: value))
    }.with(middleware)
  }
}
