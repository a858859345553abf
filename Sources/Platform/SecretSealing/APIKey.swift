/// A key for programs: `lut_` and 256 random bits.
///
/// Shown once; only its hash is stored.
///
/// The hash is plain SHA-256: a key is too random to be guessed, unlike a password.
package struct APIKey: Sendable, CustomStringConvertible {
  /// The whole key.
  ///
  /// To be shown once and never stored.
  package let text: String
  /// What is stored and looked up: SHA-256 in lower-case hexadecimal.
  package let hash: String
  /// The first characters, by which a person tells keys apart.
  package var shownPrefix: String { String(text.prefix(12)) }

  /// A new key.
  package static func make() -> APIKey {
    let text = "lut_" + Base64URL.encode(SecureRandom.bytes(32))
    return APIKey(text: text, hash: hexadecimal(SHA256.hash(Array(text.utf8))))
  }

  /// The hash to look a presented key up by; nil when the text has not the shape of a key.
  package static func hash(of text: String) -> String? {
    guard text.hasPrefix("lut_"), text.utf8.count == 47,
      Base64URL.decode(text.dropFirst(4))?.count == 32
    else { return nil }
    return hexadecimal(SHA256.hash(Array(text.utf8)))
  }

  package var description: String { "APIKey(\(shownPrefix)…)" }
}
