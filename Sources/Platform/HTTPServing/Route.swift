package import HTTPWire

/// A path parameter's type; a segment that does not convert is answered 404.
package protocol PathParameter: Sendable {
  /// Takes a decoded segment that is not empty.
  init?(pathSegment: String)
}

extension String: PathParameter {
  package init?(pathSegment: String) { self = pathSegment }
}

extension Int: PathParameter {
  package init?(pathSegment: String) { self.init(pathSegment) }
}

extension Int64: PathParameter {
  package init?(pathSegment: String) { self.init(pathSegment) }
}

/// Goes on with a request: to the next middleware, in the end to the action.
package typealias Next<Context> = @Sendable (Request, Context) async throws -> Response

/// Stands around actions: may look, change the request or its context, answer by itself, or handle what is
/// thrown.
package typealias Middleware<Context> =
  @Sendable (Request, Context, Next<Context>) async throws -> Response

/// One row of the table of routes.
package struct Route<Context: Sendable>: Sendable {
  package let method: HTTPMethod
  /// `/api/tasks/{id}`, or `/files/{path...}`.
  package private(set) var pattern: String
  /// Bytes accepted in the body; nil is the server's default.
  package let bodyLimit: Int64?
  let parameterCount: Int
  private(set) var middleware: [Middleware<Context>] = []
  let action: Next<Context>

  /// A route without path parameters.
  package static func on(
    _ method: HTTPMethod, _ pattern: String, bodyLimit: Int64? = nil, action: @escaping Next<Context>
  ) -> Route {
    Route(method: method, pattern: pattern, bodyLimit: bodyLimit, parameterCount: 0, action: action)
  }

  /// A route whose path parameters have the given types, in the order of the pattern.
  ///
  ///     .on(.get, "/api/tasks/{id}", Int64.self) { request, context, id in … }
  package static func on<each Parameter: PathParameter>(
    _ method: HTTPMethod, _ pattern: String, _ parameters: repeat (each Parameter).Type,
    bodyLimit: Int64? = nil,
    action: @escaping @Sendable (Request, Context, repeat each Parameter) async throws -> Response
  ) -> Route {
    var count = 0
    for _ in repeat each parameters { count += 1 }
    return Route(method: method, pattern: pattern, bodyLimit: bodyLimit, parameterCount: count) {
      request, context in
      var values = request.pathValues.makeIterator()
      let converted = (repeat try convert((each Parameter).self, values.next()))
      return try await action(request, context, repeat each converted)
    }
  }

  private static func convert<Parameter: PathParameter>(_ type: Parameter.Type, _ value: String?) throws
    -> Parameter
  {
    guard let parameter = value.flatMap({ Parameter(pathSegment: $0) }) else {
      throw HTTPError(.notFound, .notFound, "there is nothing at this address")
    }
    return parameter
  }

  private init(
    method: HTTPMethod, pattern: String, bodyLimit: Int64?, parameterCount: Int,
    action: @escaping Next<Context>
  ) {
    self.method = method
    self.pattern = pattern
    self.bodyLimit = bodyLimit
    self.parameterCount = parameterCount
    self.action = action
  }

  /// The same route inside `middleware`, the first outermost; what it had stays inside.
  package func with(_ middleware: [Middleware<Context>]) -> Route {
    var route = self
    route.middleware = middleware + route.middleware
    return route
  }

  /// The same route under a path prefix without a trailing slash.
  package func under(_ prefix: String) -> Route {
    var route = self
    route.pattern = prefix + pattern
    return route
  }
}

extension Array {
  /// Every route inside the same middleware, the first outermost.
  package func with<Context>(_ middleware: Middleware<Context>...) -> [Route<Context>]
  where Element == Route<Context> {
    map { $0.with(middleware) }
  }

  /// Every route under the same path prefix.
  package func under<Context>(_ prefix: String) -> [Route<Context>] where Element == Route<Context> {
    map { $0.under(prefix) }
  }
}
