import Domain
import HTTPServing
import HTTPWire
import Services

/// What every request passes through.
enum Middlewares {
  static let all: [Middleware<CallContext>] = [surround]

  private static let requestID: HTTPFieldName = "X-Request-ID"
  private static let sniffing: HTTPFieldName = "X-Content-Type-Options"
  private static let originField: HTTPFieldName = "Origin"

  /// Counts the request, and the event stream its answer may be; names it in its answer, so that a person can quote it;
  /// turns whatever was thrown into the envelope.
  ///
  /// All of it in one: every call that may wait costs something, also where nothing waits.
  static let surround: Middleware<CallContext> = { request, context, next in
    let metrics = context.services.metrics
    func note(_ status: Int) {
      metrics.requests.note(
        method: request.method.rawValue, pattern: request.route, status: status,
        took: request.age)
    }
    var response: Response
    do {
      response =
        request.fields.contains(originField)
        ? try await crossOrigin(request, context, next) : try await next(request, context)
    } catch is CancellationError {
      note(RequestCounts.clientLeft)
      throw CancellationError()  // the client has gone: there is nobody to answer
    } catch {
      response = ErrorAnswer.response(to: error, request: request, log: context.services.log)
    }
    response.fields[requestID] = request.id
    response.fields[sniffing] = "nosniff"
    note(response.status.code)
    switch response.body {
    case .stream, .feed:
      if response.fields["Content-Type"]?.hasPrefix("text/event-stream") == true {
        response.held = metrics.streams.open()
      }
    case .bytes, .file: break
    }
    return response
  }

  /// Lets pages of the allowed origins call (the Fetch standard's CORS protocol).
  static let crossOrigin: Middleware<CallContext> = { request, context, next in
    guard let origin = request.fields[originField],
      let allowed = allowedOrigin(origin, context.services.options.corsOrigins)
    else { return try await next(request, context) }
    var response: Response
    if request.method == .options, request.fields["Access-Control-Request-Method"] != nil {
      response = .empty(.noContent)
      response.fields["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
      response.fields["Access-Control-Allow-Headers"] =
        "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Range"
      response.fields["Access-Control-Max-Age"] = "600"
    } else {
      do {
        response = try await next(request, context)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        // An error without the field could not be read by the page it is meant for.
        response = ErrorAnswer.response(to: error, request: request, log: context.services.log)
      }
      response.fields["Access-Control-Expose-Headers"] =
        "X-Request-ID, Content-Range, Content-Disposition, Retry-After"
    }
    response.fields["Access-Control-Allow-Origin"] = allowed
    response.fields["Vary"] = (response.fields.all("Vary") + ["Origin"]).joined(separator: ", ")
    return response
  }

  private static func allowedOrigin(_ origin: String, _ allowed: [String]) -> String? {
    if allowed.contains(origin) { return origin }
    return allowed == ["*"] ? "*" : nil
  }

  /// Finds out who calls; without a good credential the route is not reached.
  static let authenticate: Middleware<CallContext> = { request, context, next in
    guard let credential = bearer(request) else {
      throw DomainError(
        .unauthenticated, "Not signed in.",
        hint: "Log in, and send the token as \"Authorization: Bearer …\".")
    }
    var context = context
    (context.user, context.key) = try await context.services.accounts.authenticate(credential)
    return try await next(request, context)
  }

  /// The same, but who shows no credential at all is the guest, where guests are let in.
  static let authenticateOrGuest: Middleware<CallContext> = { request, context, next in
    guard let guest = context.services.guest, request.fields["Authorization"] == nil else {
      return try await authenticate(request, context, next)
    }
    var context = context
    context.user = guest
    return try await next(request, context)
  }

  /// Lets administrators on; behind `authenticate`.
  static let administrate: Middleware<CallContext> = { request, context, next in
    guard context.user?.role == .administrator else {
      throw DomainError(
        .forbidden, "Only an administrator may do that.", hint: "Ask one; the first account is one.")
    }
    return try await next(request, context)
  }

  /// Lets administrators on, and everyone where the operator has opened the metrics.
  static let watch: Middleware<CallContext> = { request, context, next in
    if context.services.options.metricsAreOpen { return try await next(request, context) }
    return try await authenticate(request, context) { request, context in
      try await administrate(request, context, next)
    }
  }

  private static func bearer(_ request: Request) -> String? {
    guard let value = request.fields["Authorization"], value.utf8.count <= 8192 else { return nil }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1])
  }
}
