import CSodium

/// Bytes that must not be seen: printed, they show nothing of themselves.
///
/// One installation has one key; each use derives its own from it, so that a token is never a sealed
/// value and none of them tells anything about another.
package struct SecretKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let bytes: [UInt8]

  init(checked bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// A key of at least 16 bytes.
  ///
  /// Throws `keyTooShort`.
  package init(_ bytes: [UInt8]) throws(SealingError) {
    guard bytes.count >= 16 else {
      throw SealingError(.keyTooShort, "a secret key needs at least 16 bytes")
    }
    self.bytes = bytes
  }

  /// The setting SECRET_KEY: its UTF-8 bytes, at least 16 of them.
  ///
  /// Throws `keyTooShort`.
  package init(text: String) throws(SealingError) {
    try self.init(Array(text.utf8))
  }

  /// A new key of 32 random bytes.
  package static func random() -> SecretKey {
    SecretKey(checked: SecureRandom.bytes(32))
  }

  /// The key for one purpose: HMAC-SHA-256 of its name, 32 bytes.
  ///
  /// The same every time.
  package func derived(for purpose: StaticString) -> SecretKey {
    SecretKey(checked: HMACSHA256.authenticate(Array("luthier/1/\(purpose)".utf8), key: self))
  }

  package var description: String { "SecretKey(hidden)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
