/// Why a secret, a token or a sealed value was refused.
///
/// No description holds a secret, a password or a token.
package struct SealingError: Error, Sendable, Hashable, CustomStringConvertible {
  package let code: Code
  package let message: String
  /// The path concerned, where there is one.
  package let path: String?

  package init(_ code: Code, _ message: String, path: String? = nil) {
    self.code = code
    self.message = message
    self.path = path
  }

  package var description: String {
    path.map { "\(message): \($0) [\(code.rawValue)]" } ?? "\(message) [\(code.rawValue)]"
  }

  /// The kind of refusal.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let passwordTooLong = Code(rawValue: "password.too_long")
    package static let outOfMemory = Code(rawValue: "password.out_of_memory")
    package static let tokenMalformed = Code(rawValue: "token.malformed")
    package static let tokenTooLong = Code(rawValue: "token.too_long")
    /// Another algorithm than HS256 is named, `none` included.
    package static let tokenAlgorithm = Code(rawValue: "token.algorithm")
    package static let tokenSignature = Code(rawValue: "token.signature")
    package static let tokenExpired = Code(rawValue: "token.expired")
    package static let sealBroken = Code(rawValue: "seal.broken")
    package static let fileExposed = Code(rawValue: "secret_file.exposed")
    package static let fileMalformed = Code(rawValue: "secret_file.malformed")
    package static let fileUnusable = Code(rawValue: "secret_file.unusable")
    package static let keyTooShort = Code(rawValue: "key.too_short")
  }
}
