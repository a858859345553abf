import Contract
package import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire

/// What flows through the middleware beside the request.
package struct CallContext: Sendable {
  package let services: APIServices
  /// Set by authentication; routes that need no login have none.
  package var user: UserAccount?
  /// The API key the caller showed, where it was one.
  package var key: APIKeyRecord?

  package init(services: APIServices) { self.services = services }
}

/// One request on its way to its action.
struct Call: Sendable {
  let request: Request
  let services: APIServices
  /// The value of the pattern's `{…}`, "" where it has none.
  let parameter: String
  /// The API key the caller showed; nil for a token.
  let key: APIKeyRecord?
  private let account: UserAccount?

  init(request: Request, context: CallContext, parameter: String) {
    self.request = request
    self.parameter = parameter
    services = context.services
    account = context.user
    key = context.key
  }

  /// Who calls.
  ///
  /// Routes behind a login always have one.
  var user: UserAccount {
    get throws(DomainError) {
      guard let account else { throw DomainError(.unauthenticated, "Not signed in.", hint: "Log in first.") }
      return account
    }
  }

  /// The path's identifier; what cannot be one is not found.
  func identifier<Subject>(_ what: String) throws(DomainError) -> Identifier<Subject> {
    guard let id = Identifier<Subject>(checking: parameter) else { throw .notFound(what) }
    return id
  }

  /// The JSON body as `type`.
  func body<Body: Decodable>(_ type: Body.Type) async throws -> Body {
    try Self.decode(type, from: try await bodyBytes())
  }

  /// The bytes of the JSON body, looked over by `JSONBodyCheck`.
  func bodyBytes() async throws -> [UInt8] {
    if let sent = request.fields["Content-Type"] {
      guard let media = MediaType(parsing: sent), media.essence == "application/json" else {
        throw DomainError(
          .unsupportedMedia, "The body must be JSON.", hint: "Send Content-Type: application/json.")
      }
    }
    let bytes = try await request.body.collect()
    try JSONBodyCheck.check(bytes)
    return bytes
  }

  static func decode<Body: Decodable>(_ type: Body.Type, from bytes: [UInt8]) throws -> Body {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw BodyRefusal(error)
    }
  }

  /// A whole number of the query, within bounds.
  func integer(_ name: String, in range: ClosedRange<Int64>, default fallback: Int64) throws(DomainError)
    -> Int64
  {
    guard let text = request.target.query[name] else { return fallback }
    guard let value = Int64(text), range.contains(value) else {
      throw .invalid(
        "The query's \"\(name)\" is not a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }
}

extension Response {
  /// A wire value as JSON with sorted keys.
  static func json(_ value: some Encodable, status: HTTPStatus = .ok) throws -> Response {
    .json(try JSONBytes.encode(value), status: status)
  }
}
