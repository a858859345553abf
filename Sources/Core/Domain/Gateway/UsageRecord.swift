/// What requests of one user, key and model on one day came to.
package struct UsageRecord: Sendable, Equatable {
  package struct Subject: Sendable, Hashable {
    package let userID: UserID
    /// Nil for a login's token.
    package let keyID: APIKeyID?
    package let model: String
    /// `2026-11-21`, UTC.
    package let day: String

    package init(userID: UserID, keyID: APIKeyID?, model: String, day: String) {
      self.userID = userID
      self.keyID = keyID
      self.model = model
      self.day = day
    }
  }

  package let subject: Subject
  package var requests: Int
  package var promptTokens: Int
  package var completionTokens: Int
  package var failures: Int
  /// Requests whose tokens were estimated.
  package var estimates: Int

  package init(
    _ subject: Subject, requests: Int = 0, promptTokens: Int = 0, completionTokens: Int = 0,
    failures: Int = 0, estimates: Int = 0
  ) {
    self.subject = subject
    self.requests = requests
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.failures = failures
    self.estimates = estimates
  }

  package static func += (left: inout Self, right: Self) {
    left.requests += right.requests
    left.promptTokens += right.promptTokens
    left.completionTokens += right.completionTokens
    left.failures += right.failures
    left.estimates += right.estimates
  }
}

/// A record with the names people know.
package struct NamedUsage: Sendable, Equatable {
  package let record: UsageRecord
  package let username: String
  /// Nil for a login's token and for a key that was deleted.
  package let keyName: String?

  package init(record: UsageRecord, username: String, keyName: String?) {
    self.record = record
    self.username = username
    self.keyName = keyName
  }
}

extension Timestamp {
  /// Seconds until the next day begins, 1 or more.
  package var secondsLeftOfDay: Int { Int((86_400_000 - milliseconds % 86_400_000 + 999) / 1000) }
}
