package import Domain

/// Who calls the gateway, and with what.
package struct GatewayCaller: Sendable, Equatable {
  package let userID: UserID
  /// Nil for a login's token.
  package let key: APIKeyRecord?
  /// The account's own limits.
  package let limits: UseLimits

  package init(userID: UserID, key: APIKeyRecord?, limits: UseLimits = UseLimits()) {
    self.userID = userID
    self.key = key
    self.limits = limits
  }
}

/// Lets requests in, as many as a user and a key may make.
package actor RequestLimits {
  private let everyone: UseLimits
  private let ledger: UsageLedger
  private let clock: WallClock
  private var buckets: [String: (bucket: TokenBucket, perMinute: Int)] = [:]

  /// - Parameter everyone: what each user may use, over all of its keys.
  package init(everyone: UseLimits, ledger: UsageLedger, clock: WallClock) {
    self.everyone = everyone
    self.ledger = ledger
    self.clock = clock
  }

  /// Counts a request.
  ///
  /// Throws `LimitReached`, and `DomainError` where the budget cannot be looked up.
  package nonisolated func admit(_ caller: GatewayCaller) async throws {
    let own = UseLimits(
      requestsPerMinute: caller.limits.requestsPerMinute ?? everyone.requestsPerMinute,
      tokensPerDay: caller.limits.tokensPerDay ?? everyone.tokensPerDay)
    // Who is not limited has no need to wait for its turn here.
    if let key = caller.key, key.limits != UseLimits() {
      try await check(key.limits, "This API key", caller.userID, key.id)
    }
    if own != UseLimits() { try await check(own, "Your account", caller.userID, nil) }
  }

  private func check(_ limits: UseLimits, _ whose: String, _ user: UserID, _ key: APIKeyID?) async throws {
    if let budget = limits.tokensPerDay {
      let spent = try await ledger.tokensToday(of: user, keyID: key)
      guard spent < budget else {
        throw LimitReached.budget(whose, perDay: budget, retryAfter: clock.now().secondsLeftOfDay)
      }
    }
    guard let perMinute = limits.requestsPerMinute else { return }
    let now = clock.now()
    if buckets.count > 10_000 { forgetFull(at: now) }
    let name = key?.rawValue ?? user.rawValue
    var bucket = buckets[name]?.bucket ?? TokenBucket(full: perMinute, at: now)
    let wait = bucket.take(perMinute: perMinute, at: now)
    buckets[name] = (bucket, perMinute)
    if let wait { throw LimitReached.rate(whose, perMinute: perMinute, retryAfter: wait) }
  }

  /// A full bucket is as good as none.
  private func forgetFull(at now: Timestamp) {
    buckets = buckets.filter { !$0.value.bucket.isFull(perMinute: $0.value.perMinute, at: now) }
  }
}
