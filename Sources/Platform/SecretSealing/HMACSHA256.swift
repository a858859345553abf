import CSodium

/// HMAC with SHA-256 (RFC 2104), for keys of any length.
package enum HMACSHA256 {
  /// The 32 bytes that prove who wrote `message`.
  package static func authenticate(_ message: [UInt8], key: SecretKey) -> [UInt8] {
    authenticate(message, keyBytes: key.bytes)
  }

  /// The same by a key that another installation chose, and that may be shorter than ours are.
  package static func authenticate(_ message: [UInt8], keyBytes: [UInt8]) -> [UInt8] {
    Sodium.ready()
    var state = crypto_auth_hmacsha256_state()
    var code = [UInt8](repeating: 0, count: 32)
    crypto_auth_hmacsha256_init(&state, keyBytes, keyBytes.count)
    crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
    crypto_auth_hmacsha256_final(&state, &code)
    return code
  }

  /// Whether `code` belongs to `message`; the time it takes does not depend on where they differ.
  package static func isValid(_ code: [UInt8], for message: [UInt8], key: SecretKey) -> Bool {
    constantTimeEquals(authenticate(message, key: key), code)
  }
}

/// Compares without telling by its time where the bytes differ.
///
/// Different lengths are unequal.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && sodium_memcmp(left, right, left.count) == 0
}
