package import Domain

/// On whose behalf a chat goes.
package struct ChatCaller: Sendable, Equatable {
  package let userID: UserID
  /// Whose configuration holds: the user's own identifier, or a guest's word for itself.
  package let identifier: String
  package let isGuest: Bool
  /// Nil for a login's token and for guests.
  package let key: APIKeyRecord?

  /// A caller with a login.
  package init(_ user: UserID, key: APIKeyRecord? = nil) {
    userID = user
    identifier = user.rawValue
    isGuest = false
    self.key = key
  }

  /// A caller without a login.
  package init(guest: UserID, identifier: String) {
    userID = guest
    self.identifier = identifier
    isGuest = true
    key = nil
  }

  /// Who is counted; guests are one.
  package var account: GatewayCaller { GatewayCaller(userID: userID, key: key) }
}
