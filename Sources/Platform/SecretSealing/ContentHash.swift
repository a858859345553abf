import COpenSSL

/// SHA-256 of much, piece by piece in constant memory.
///
/// By OpenSSL, which has the processor's own instructions for it: a fifth of what libsodium's portable code takes, and
/// for an upload that was more than all the rest.
package final class ContentHash {
  private let context: OpaquePointer?
  /// Where OpenSSL cannot: it was told to do without.
  private var portable: SHA256?

  package init() {
    let made = EVP_MD_CTX_new()
    if let made, EVP_DigestInit_ex(made, EVP_sha256(), nil) == 1 {
      context = made
    } else {
      EVP_MD_CTX_free(made)
      context = nil
      portable = SHA256()
    }
  }

  deinit { EVP_MD_CTX_free(context) }

  package func update(_ bytes: [UInt8]) {
    if context == nil { portable?.update(bytes) } else { EVP_DigestUpdate(context, bytes, bytes.count) }
  }

  /// The 32 bytes of the hash.
  ///
  /// Call once.
  package func finish() -> [UInt8] {
    if var portable { return portable.finish() }
    var hash = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &hash, nil)
    return hash
  }
}

// Owned by one caller at a time.
@available(*, unavailable)
extension ContentHash: Sendable {}
