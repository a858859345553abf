import CSodium

/// Passwords as argon2id hashes in the usual text form (`$argon2id$v=19$m=65536,t=2,p=1$…`).
///
/// Both calls block for about 0.1 s and take 64 MiB each while they run (libsodium's "interactive"
/// cost): run them on a `BlockingPool`, whose size then bounds the memory of a flood of logins.
package enum PasswordHash {
  /// Longer ones are refused: nobody types them, and hashing them is work for nothing.
  ///
  /// In bytes of UTF-8.
  package static let longestPassword = 1024

  /// Hashes a password with a salt of its own.
  ///
  /// Throws `passwordTooLong` and `outOfMemory`.
  package static func make(_ password: String) throws(SealingError) -> String {
    try make(password, operations: operations, memory: memory)
  }

  static func make(_ password: String, operations: UInt64, memory: Int) throws(SealingError) -> String {
    Sodium.ready()
    let bytes = try checked(password)
    var text = [CChar](repeating: 0, count: Int(crypto_pwhash_strbytes()))
    let result = bytes.withUnsafeBufferPointer {
      crypto_pwhash_str(&text, $0.baseAddress ?? Self.nothing, UInt64($0.count), operations, memory)
    }
    guard result == 0 else {
      throw SealingError(.outOfMemory, "there is not enough memory to hash a password")
    }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Whether `password` is the one that `hash` was made of.
  ///
  /// False also for a hash that is none.
  package static func verify(_ password: String, against hash: String) -> Bool {
    Sodium.ready()
    guard let bytes = try? checked(password), let text = cString(hash) else { return false }
    return bytes.withUnsafeBufferPointer {
      crypto_pwhash_str_verify(text, $0.baseAddress ?? Self.nothing, UInt64($0.count)) == 0
    }
  }

  /// Whether a hash was made with another cost than today's, and should be replaced at the next login.
  package static func needsRehash(_ hash: String) -> Bool {
    Sodium.ready()
    guard let text = cString(hash) else { return true }
    return crypto_pwhash_str_needs_rehash(text, operations, memory) != 0
  }

  /// A hash that no password fits.
  ///
  /// Verifying against it when a user is unknown takes as long as for a known one, so the time tells nothing. It costs
  /// nothing to make: what stands where the salt and the hash would is drawn by lot.
  package static func decoy() -> String {
    // The text form has the alphabet of plain Base64; anything else would be refused before the work is done.
    func text(_ count: Int) -> String {
      String(Base64URL.encode(SecureRandom.bytes(count)).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
    }
    return "$argon2id$v=19$m=\(memory / 1024),t=\(operations),p=1$\(text(16))$\(text(32))"
  }

  private static var operations: UInt64 { UInt64(crypto_pwhash_opslimit_interactive()) }
  private static var memory: Int { crypto_pwhash_memlimit_interactive() }

  private static func checked(_ password: String) throws(SealingError) -> [CChar] {
    guard password.utf8.count <= longestPassword else {
      throw SealingError(.passwordTooLong, "the password is longer than \(longestPassword) bytes")
    }
    return password.utf8.map(CChar.init(bitPattern:))
  }

  private static func cString(_ hash: String) -> [CChar]? {
    let bytes = hash.utf8.map(CChar.init(bitPattern:))
    guard bytes.count < Int(crypto_pwhash_strbytes()), !bytes.contains(0) else { return nil }
    return bytes + [0]
  }

  /// An address for the empty password: C gets no null pointer.
  nonisolated(unsafe) private static let nothing = UnsafePointer(
    UnsafeMutablePointer<CChar>.allocate(capacity: 1))
}
