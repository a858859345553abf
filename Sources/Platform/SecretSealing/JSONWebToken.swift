import FoundationEssentials

/// What a login token says, and its signed form: a JSON Web Token (RFC 7519) with HS256 and nothing else.
///
/// Times are seconds since 1970, as the standard has it.
package struct JSONWebToken: Sendable, Hashable {
  /// The user.
  package var subject: String
  package var issuedAt: Int64
  package var expiresAt: Int64
  /// Must equal the user's; raising that one logs the user out everywhere.
  package var generation: Int
  /// This token's own name.
  package var id: String

  package init(subject: String, issuedAt: Int64, expiresAt: Int64, generation: Int, id: String) {
    self.subject = subject
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.generation = generation
    self.id = id
  }

  /// Longer texts are refused unread.
  package static let longestText = 2048

  /// The token's text.
  package func signed(with key: SecretKey) -> String {
    let head = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
    let claims = Claims(sub: subject, iat: issuedAt, exp: expiresAt, gen: generation, jti: id)
    // Encoding five strings and integers cannot fail; an empty object would be refused when read.
    let body = Base64URL.encode((try? JSONEncoder().encode(claims)).map(Array.init) ?? Array("{}".utf8))
    let code = HMACSHA256.authenticate(Array("\(head).\(body)".utf8), key: key)
    return "\(head).\(body).\(Base64URL.encode(code))"
  }

  /// Reads a token and believes it only when everything is right.
  ///
  /// Throws `tokenTooLong`, `tokenMalformed`, `tokenAlgorithm`, `tokenSignature` or `tokenExpired` (at the
  /// second it expires). The claims are looked at after the signature only. A token from the future is good: we
  /// signed it, so it is our clock that was set back.
  ///
  /// - Parameter now: seconds since 1970.
  package init(verifying text: String, with key: SecretKey, now: Int64) throws(SealingError) {
    guard text.utf8.count <= Self.longestText else {
      throw SealingError(.tokenTooLong, "the token is too long")
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let head = Base64URL.decode(parts[0]), let body = Base64URL.decode(parts[1]),
      let code = Base64URL.decode(parts[2]), let header = Self.decoded(Header.self, head)
    else { throw Self.malformed }
    guard header.alg == "HS256" else {
      throw SealingError(.tokenAlgorithm, "the token is not signed as ours are")
    }
    // "crit" names extensions that must be understood; none is.
    guard header.typ.map({ $0.uppercased() == "JWT" }) ?? true, header.crit == nil else {
      throw Self.malformed
    }
    guard HMACSHA256.isValid(code, for: Array("\(parts[0]).\(parts[1])".utf8), key: key) else {
      throw SealingError(.tokenSignature, "the token's signature is wrong")
    }
    guard let claims = Self.decoded(Claims.self, body) else { throw Self.malformed }
    guard now < claims.exp else { throw SealingError(.tokenExpired, "the token has expired") }
    self.init(
      subject: claims.sub, issuedAt: claims.iat, expiresAt: claims.exp, generation: claims.gen,
      id: claims.jti)
  }

  private struct Header: Decodable {
    let alg: String
    let typ: String?
    let crit: [String]?
  }

  private struct Claims: Codable {
    let sub: String
    let iat: Int64
    let exp: Int64
    let gen: Int
    let jti: String
  }

  private static func decoded<T: Decodable>(_ type: T.Type, _ bytes: [UInt8]) -> T? {
    try? JSONDecoder().decode(type, from: Data(bytes))
  }

  private static var malformed: SealingError { SealingError(.tokenMalformed, "this is not a token") }
}
