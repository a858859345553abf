import CSodium

/// Secrets at rest: encrypted and authenticated with XChaCha20-Poly1305.
///
/// What is sealed is bound to its context, such as `hosts.password/3f2a`: moved to another row, it no
/// longer opens. A sealed value is a version byte, a random nonce of 24 bytes, the cipher text and a
/// tag of 16 bytes.
package struct SealedBox: Sendable {
  private static let version: UInt8 = 1
  private static let nonceLength = 24
  private static let tagLength = 16

  private let key: [UInt8]

  /// - Parameter key: the installation's key; the box derives its own from it.
  package init(key: SecretKey) {
    self.key = key.derived(for: "sealed-box").bytes
  }

  init(rawKey: [UInt8]) {
    key = rawKey
  }

  package func seal(_ bytes: [UInt8], context: String) -> [UInt8] {
    let nonce = SecureRandom.bytes(Self.nonceLength)
    return [Self.version] + nonce + Self.encrypt(bytes, with: Array(context.utf8), nonce: nonce, key: key)
  }

  /// Gives back what was sealed.
  ///
  /// Throws `sealBroken` when the key, the context or any byte is another.
  package func open(_ sealed: [UInt8], context: String) throws(SealingError) -> [UInt8] {
    Sodium.ready()
    let overhead = 1 + Self.nonceLength + Self.tagLength
    guard sealed.count >= overhead, sealed[0] == Self.version else { throw Self.broken }
    let nonce = Array(sealed[1..<(1 + Self.nonceLength)])
    let cipherText = Array(sealed[(1 + Self.nonceLength)...])
    let context = Array(context.utf8)
    var plain = [UInt8](repeating: 0, count: cipherText.count - Self.tagLength)
    let result = plain.withUnsafeMutableBufferPointer { plain in
      crypto_aead_xchacha20poly1305_ietf_decrypt(
        plain.baseAddress, nil, nil, cipherText, UInt64(cipherText.count), context, UInt64(context.count),
        nonce, key)
    }
    guard result == 0 else { throw Self.broken }
    return plain
  }

  /// The cipher text and its tag.
  static func encrypt(_ bytes: [UInt8], with context: [UInt8], nonce: [UInt8], key: [UInt8]) -> [UInt8] {
    Sodium.ready()
    var cipherText = [UInt8](repeating: 0, count: bytes.count + tagLength)
    // Fails for no input that fits in memory.
    _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
      &cipherText, nil, bytes, UInt64(bytes.count), context, UInt64(context.count), nil, nonce, key)
    return cipherText
  }

  private static var broken: SealingError {
    SealingError(.sealBroken, "a stored secret cannot be opened: the key is another, or it was changed")
  }
}
