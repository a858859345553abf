import Concurrency
import Domain
import SecretSealing

/// Passwords on the blocking pool: a hash takes a tenth of a second and 64 MiB on purpose, so only as
/// many run at once as the pool has threads.
struct PooledPasswords: PasswordHashing {
  private let pool: BlockingPool
  private let decoy: String

  init(pool: BlockingPool) {
    self.pool = pool
    decoy = PasswordHash.decoy()
  }

  func hash(_ password: String) async throws(DomainError) -> String {
    do {
      return try await pool.run { try PasswordHash.make(password) }
    } catch {
      throw DomainError(.internalFault, "The password could not be kept.", detail: "\(error)")
    }
  }

  func verify(_ password: String, against hash: String?) async throws(DomainError) -> Bool {
    do {
      let decoy = decoy
      let isRight = try await pool.run { PasswordHash.verify(password, against: hash ?? decoy) }
      return isRight && hash != nil
    } catch {
      throw DomainError(.internalFault, "The password could not be checked.", detail: "\(error)")
    }
  }
}

/// Tokens signed with a key derived from the installation's secret.
struct SealedCredentials: CredentialIssuing {
  let key: SecretKey

  func token(for claims: TokenClaims, issuedAt: Timestamp, expiresAt: Timestamp) -> String {
    JSONWebToken(
      subject: claims.userID.rawValue, issuedAt: issuedAt.milliseconds / 1000,
      expiresAt: expiresAt.milliseconds / 1000, generation: claims.generation, id: randomUUID()
    ).signed(with: key)
  }

  func claims(of token: String, now: Timestamp) throws(DomainError) -> TokenClaims {
    do throws(SealingError) {
      let token = try JSONWebToken(verifying: token, with: key, now: now.milliseconds / 1000)
      guard let user = UserID(checking: token.subject) else { throw SealingError(.tokenMalformed, "subject") }
      return TokenClaims(userID: user, generation: token.generation)
    } catch {
      let isExpired = error.code == .tokenExpired
      throw DomainError(
        .unauthenticated, isExpired ? "The token has expired." : "The token is not valid.",
        hint: "Log in again.")
    }
  }

  func mintKey() -> MintedKey {
    let key = APIKey.make()
    return MintedKey(text: key.text, prefix: key.shownPrefix, hash: key.hash)
  }

  func hash(ofKey text: String) -> String? { APIKey.hash(of: text) }
}

/// SHA-256 for uploads.
final class StreamDigest: ContentDigest {
  private let hash = ContentHash()
  func update(_ bytes: [UInt8]) { hash.update(bytes) }
  func finish() -> String { hexadecimal(hash.finish()) }
}
