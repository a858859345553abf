package import Domain

extension AccountService {
  /// A session for whoever the installation belongs to: of its only account, which is made where there is none.
  ///
  /// For a process that can read the installation's secret anyway. Nil where there are several accounts: nobody can
  /// tell which one is meant.
  package func ownerSession(suggesting name: String) async throws(DomainError) -> String? {
    let known = try await users.users(matching: nil, limit: 2)
    guard known.count < 2 else { return nil }
    if let user = known.first { return user.isDisabled ? nil : try session(of: user, remember: true).token }
    let plain = String(
      name.unicodeScalars.filter { AccountRules.isNameScalar($0) }.prefix(20).map(Character.init))
    let username = plain.utf8.count >= 3 ? plain : "owner"
    // Nobody knows the password: an administrator, which the first account is, gives it another.
    let password = (0..<32).map { _ in String(UInt8.random(in: 0...255), radix: 16) }.joined()
    let made = try await make(
      username: username, email: "\(username)@localhost.localdomain", password: password, onlyFirst: true)
    return try session(of: made, remember: true).token
  }
}
