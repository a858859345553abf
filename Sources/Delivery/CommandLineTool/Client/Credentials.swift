import FoundationEssentials

/// The sign-ins of this user, one for each server, as they stand in `credentials.json`.
struct Credentials: Codable, Sendable, Equatable {
  struct SignIn: Codable, Sendable, Equatable {
    let token: String
    let username: String
  }

  /// By the server's address.
  var servers: [String: SignIn] = [:]
  /// The server that is meant where none is named.
  var current: String?
}
