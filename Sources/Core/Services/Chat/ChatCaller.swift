package import Domain

/// On whose behalf a chat goes.
package struct ChatCaller: Sendable, Equatable {
  package let userID: UserID
  /// Whose configuration holds: the user's own identifier, or a guest's word for itself.
  package let identifier: String
  package let isGuest: Bool

  /// A caller with a login.
  package init(_ user: UserID) {
    userID = user
    identifier = user.rawValue
    isGuest = false
  }

  /// A caller without a login.
  package init(guest: UserID, identifier: String) {
    userID = guest
    self.identifier = identifier
    isGuest = true
  }
}
