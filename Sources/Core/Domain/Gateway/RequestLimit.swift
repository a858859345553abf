/// Lets so many requests a minute pass, as many at once as a minute's.
package struct TokenBucket: Sendable, Equatable {
  private var level: Double
  private var filledAt: Timestamp

  package init(full perMinute: Int, at now: Timestamp) {
    level = Double(perMinute)
    filledAt = now
  }

  /// Takes one; nil, or the seconds until there is one again.
  package mutating func take(perMinute: Int, at now: Timestamp) -> Int? {
    let rate = Double(perMinute) / 60
    // A clock that is put back fills nothing and takes nothing.
    level = min(Double(perMinute), level + max(0, now.seconds(since: filledAt)) * rate)
    filledAt = now
    guard level >= 1 else { return max(1, Int(((1 - level) / rate - 0.001).rounded(.up))) }
    level -= 1
    return nil
  }

  package func isFull(perMinute: Int, at now: Timestamp) -> Bool {
    level + now.seconds(since: filledAt) * Double(perMinute) / 60 >= Double(perMinute)
  }
}

/// How much may be asked for; nil is no limit.
package struct UseLimits: Sendable, Equatable {
  package let requestsPerMinute: Int?
  /// Of a day in UTC, prompt and completion together.
  package let tokensPerDay: Int?

  package init(requestsPerMinute: Int? = nil, tokensPerDay: Int? = nil) {
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerDay = tokensPerDay
  }
}

/// A limit was reached: `rate_limited` or `budget_spent`.
package struct LimitReached: Error, Sendable, Equatable, CustomStringConvertible {
  package let code: DomainError.Code
  package let message: String
  package let hint: String
  /// Seconds.
  package let retryAfter: Int

  package var description: String { message }

  package static func rate(_ whose: String, perMinute: Int, retryAfter: Int) -> Self {
    Self(
      code: .rateLimited, message: "\(whose) may make \(perMinute) requests a minute.",
      hint: "Try again in \(retryAfter) seconds.", retryAfter: retryAfter)
  }

  package static func budget(_ whose: String, perDay: Int, retryAfter: Int) -> Self {
    Self(
      code: .budgetSpent, message: "\(whose) has used its \(perDay) tokens of today.",
      hint: "The day ends at midnight UTC; GET /api/usage tells what was used.", retryAfter: retryAfter)
  }
}

extension DomainError.Code {
  package static let budgetSpent = Self("insufficient_quota")
}
