import CSodium

/// libsodium, made ready once.
///
/// Everything that calls the library begins with `Sodium.ready()`.
enum Sodium {
  private static let started: Bool = sodium_init() >= 0

  static func ready() {
    // Fails only when the system has no source of randomness: nothing secret can be made then.
    precondition(started, "libsodium cannot be initialised")
  }
}
