package import HTTPWire

/// What a router found out about a request, before any middleware runs.
enum Routing: Sendable {
  case matched(index: Int, pattern: String, values: [String])
  /// The path exists, for these methods.
  case otherMethods([HTTPMethod])
  case missing
}

/// Finds the action for a request by its raw path.
///
/// A literal segment beats a parameter, a parameter beats a rest, whatever the method: a path has the methods of its
/// most specific pattern (OpenAPI 3.1, "Path Templating Matching"). HEAD is answered by GET's action; OPTIONS
/// by a 204 with Allow, unless a route takes it. Everything, also 404 and 405 (thrown as `HTTPError`), goes
/// through the middleware.
package struct Router<Context: Sendable>: Sendable {
  private struct Row: Sendable {
    let route: Route<Context>
    let pattern: RoutePattern
    /// The action inside its own middleware and the router's.
    let answer: Next<Context>
  }

  // Rows by their number of segments, most specific first; those with a rest stand apart.
  private var rows: [Row] = []
  private var fixed: [Int: [Int]] = [:]
  private var open: [Int] = []
  // Rows without parameters by their whole path: no other row is more specific.
  private var literal: [String: [(method: HTTPMethod, index: Int)]] = [:]
  private let makeContext: @Sendable (Request) -> Context
  /// What answers where no row does.
  private let refusal: Next<Context>

  /// Checks the whole table.
  ///
  /// `middleware` stands around every request, the first outermost.
  ///
  /// Throws `RouterError` for a malformed pattern, two routes with the same method and shape, two routes that
  /// match a common path while neither is more specific, and an action with another number of parameters than
  /// its pattern.
  package init(
    routes: [Route<Context>], middleware: [Middleware<Context>] = [],
    context: @escaping @Sendable (Request) -> Context
  ) throws(RouterError) {
    makeContext = context
    refusal = Self.wrap(Self.refuse, in: middleware)
    for route in routes { rows.append(try Self.row(route, middleware)) }
    try Self.validate(rows)
    for (index, row) in rows.enumerated() {
      if case .rest? = row.pattern.parts.last {
        open.append(index)
      } else {
        fixed[row.pattern.parts.count, default: []].append(index)
      }
      if row.pattern.parameterCount == 0 {
        literal[row.pattern.text, default: []].append((row.route.method, index))
      }
    }
    let table = rows
    // Stable, and only between rows that overlap does the order matter.
    let isBefore = { (left: Int, right: Int) in
      Self.rank(table[left].pattern).lexicographicallyPrecedes(Self.rank(table[right].pattern))
    }
    open.sort(by: isBefore)
    let open = open
    fixed = fixed.mapValues { $0.sorted(by: isBefore) + open }
  }

  /// Answers a request: the handler to give to `HTTPServer`.
  package func handle(_ request: Request) async throws -> Response {
    var request = request
    let routing = find(request)
    request.routing = routing
    guard case .matched(let index, _, _) = routing else {
      return try await refusal(request, makeContext(request))
    }
    if let limit = rows[index].route.bodyLimit { request.body.limit = limit }
    return try await rows[index].answer(request, makeContext(request))
  }

  /// Every route, in the order given: for documentation and tests.
  package var table: [(method: HTTPMethod, pattern: String)] {
    rows.map { ($0.route.method, $0.route.pattern) }
  }

  /// The pattern of the route that a request would be answered by; nil where there is none.
  package func pattern(for request: Request) -> String? {
    if case .matched(_, let pattern, _) = find(request) { pattern } else { nil }
  }

  private func find(_ request: Request) -> Routing {
    if let rows = literal[request.target.path],
      let row = rows.first(where: { $0.method == request.method })
    {
      return matched(row.index, [])
    }
    let segments = request.target.segments
    if request.target.path == "*" { return .otherMethods([]) }
    var methods: [HTTPMethod] = []
    var fallback: Routing?
    var found: RoutePattern?
    for index in fixed[segments.count] ?? open {
      let pattern = rows[index].pattern
      guard let values = pattern.match(segments) else { continue }
      if let found, found.relation(to: pattern) != .same { break }
      found = pattern
      let method = rows[index].route.method
      if method == request.method { return matched(index, values) }
      if method == .get && request.method == .head && fallback == nil {
        fallback = matched(index, values)
      }
      methods.append(method)
    }
    if let fallback { return fallback }
    return methods.isEmpty ? .missing : .otherMethods(methods)
  }

  private func matched(_ index: Int, _ values: [String]) -> Routing {
    .matched(index: index, pattern: rows[index].route.pattern, values: values)
  }

  private static func refuse(_ request: Request, _ context: Context) async throws -> Response {
    switch request.routing {
    case .otherMethods(let methods):
      var allowed = Set(methods.map(\.rawValue)).union(["OPTIONS"])
      if allowed.contains("GET") { allowed.insert("HEAD") }
      let fields: HTTPFields = ["Allow": allowed.sorted().joined(separator: ", ")]
      if request.method == .options { return Response(status: .noContent, fields: fields) }
      throw HTTPError(
        .methodNotAllowed, .methodNotAllowed, "this address does not take this method", fields: fields)
    case .missing where request.target.segments.contains(where: \.hasEncodedSlash):
      throw HTTPError(.badRequest, .malformedRequest, "the path has an encoded slash where none belongs")
    case .matched, .missing, nil:
      throw HTTPError(.notFound, .notFound, "there is nothing at this address")
    }
  }

  private static func wrap(_ answer: @escaping Next<Context>, in middleware: [Middleware<Context>]) -> Next<
    Context
  > {
    middleware.reversed().reduce(answer) { next, middleware in
      { request, context in try await middleware(request, context, next) }
    }
  }

  private static func row(_ route: Route<Context>, _ middleware: [Middleware<Context>]) throws(RouterError)
    -> Row
  {
    let pattern = try RoutePattern(route.pattern)
    guard pattern.parameterCount == route.parameterCount else {
      throw RouterError(
        .parameterCount,
        "\(route.method) \(route.pattern): the action takes \(route.parameterCount) path parameters")
    }
    return Row(
      route: route, pattern: pattern, answer: wrap(route.action, in: middleware + route.middleware))
  }

  private static func validate(_ rows: [Row]) throws(RouterError) {
    for (index, row) in rows.enumerated() {
      for other in rows[..<index] where other.route.method == row.route.method {
        let names = "\(row.route.method) \(other.route.pattern) and \(row.route.pattern)"
        switch row.pattern.relation(to: other.pattern) {
        case .same: throw RouterError(.duplicate, "\(names) match the same paths")
        case .ambiguous:
          throw RouterError(.ambiguous, "\(names) match a common path, neither is more specific")
        case .disjoint, .moreSpecific, .lessSpecific: break
        }
      }
    }
  }

  private static func rank(_ pattern: RoutePattern) -> [Int] {
    pattern.parts.map { part in
      switch part {
      case .literal: 0
      case .parameter, .named: 1
      case .rest: 2
      }
    }
  }
}
