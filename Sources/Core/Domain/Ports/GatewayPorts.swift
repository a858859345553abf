/// A request as an engine gets it.
package struct RelayRequest: Sendable {
  package let route: RelayRoute
  package let bytes: [UInt8]
  package let streams: Bool

  package init(route: RelayRoute, bytes: [UInt8], streams: Bool) {
    self.route = route
    self.bytes = bytes
    self.streams = streams
  }
}

/// An engine's answer, its body on the way.
package struct RelayAnswer: Sendable {
  package let status: Int
  package let isEventStream: Bool
  /// Seconds, where the engine said so.
  package let retryAfter: Int?
  /// The next piece of the body, nil at its end.
  ///
  /// One reader. Throws `DomainError` and `CancellationError`.
  package let next: @Sendable () async throws -> [UInt8]?
  /// Gives up what was not read; harmless twice.
  package let close: @Sendable () -> Void

  package init(
    status: Int, isEventStream: Bool, retryAfter: Int? = nil,
    next: @escaping @Sendable () async throws -> [UInt8]?, close: @escaping @Sendable () -> Void
  ) {
    self.status = status
    self.isEventStream = isEventStream
    self.retryAfter = retryAfter
    self.next = next
    self.close = close
  }
}

/// Passes requests on to engines.
package protocol RelayCalling: Sendable {
  /// Returns when the head of the answer is there, whatever its status; `close` it on every path.
  ///
  /// Throws `DomainError` where there is no answer, and `CancellationError`.
  func open(_ request: RelayRequest, at address: EngineAddress) async throws -> RelayAnswer
}

/// What was used.
package protocol UsageStoring: Sendable {
  /// Adds to what is there, in one transaction.
  func add(_ records: [UsageRecord]) async throws(DomainError)
  /// From a day on, the newest day first; of everyone for `user` nil.
  func usage(of user: UserID?, since day: String) async throws(DomainError) -> [NamedUsage]
  /// Prompt and completion tokens of a day: the user's, or of one of its keys.
  func tokens(of user: UserID, key: APIKeyID?, on day: String) async throws(DomainError) -> Int
}
