/// Hashes and checks passwords; slow on purpose, and never on an event loop.
package protocol PasswordHashing: Sendable {
  func hash(_ password: String) async throws(DomainError) -> String
  /// A nil hash is nobody's: never true, and as slow as any, so that the time tells nothing.
  func verify(_ password: String, against hash: String?) async throws(DomainError) -> Bool
}

/// What a token says of its bearer.
package struct TokenClaims: Sendable, Equatable {
  package let userID: UserID
  package let generation: Int

  package init(userID: UserID, generation: Int) {
    self.userID = userID
    self.generation = generation
  }
}

/// A new API key: `text` is shown once, `hash` is kept.
package struct MintedKey: Sendable {
  package let text: String
  package let prefix: String
  package let hash: String

  package init(text: String, prefix: String, hash: String) {
    self.text = text
    self.prefix = prefix
    self.hash = hash
  }
}

/// Makes and checks the credentials of callers.
package protocol CredentialIssuing: Sendable {
  func token(for claims: TokenClaims, issuedAt: Timestamp, expiresAt: Timestamp) throws(DomainError) -> String
  /// Throws `unauthenticated` for a token that is forged, malformed or expired.
  func claims(of token: String, now: Timestamp) throws(DomainError) -> TokenClaims
  func mintKey() -> MintedKey
  /// The hash of what may be an API key; nil where it does not look like one.
  func hash(ofKey text: String) -> String?
}
