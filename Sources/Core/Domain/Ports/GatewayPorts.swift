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
  package let body: any RelaySource

  package init(status: Int, isEventStream: Bool, retryAfter: Int? = nil, body: any RelaySource) {
    self.status = status
    self.isEventStream = isEventStream
    self.retryAfter = retryAfter
    self.body = body
  }
}

/// The body of an engine's answer, as it arrives.
///
/// First `next`, as often as wanted; or from some point on `pour`. Dropping the last reference closes it.
package protocol RelaySource: AnyObject, Sendable {
  /// The next piece, nil at the end.
  ///
  /// One reader. Throws `DomainError` and `CancellationError`.
  func next() async throws -> [UInt8]?
  /// Gives what comes from now on to a receiver, and keeps it until the end.
  func pour(into receiver: any RelayReceiving)
  /// Lets a receiver that asked for a pause have more.
  func resume()
  /// Gives up what was not read: a receiver gets a `CancellationError`; harmless twice.
  func close()
  /// All was read that matters: nothing is received any more, and the connection may be used again.
  func leave()
}

/// Takes the body of an answer without waiting for it.
///
/// Calls come one at a time, on whichever thread the bytes arrive.
package protocol RelayReceiving: AnyObject, Sendable {
  /// Takes bytes that are valid during the call only; false asks for a pause.
  ///
  /// It must not touch the source: what follows from the bytes is for `settle`.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
  /// What arrived together was received.
  func settle()
  /// The body ended, or failed with a `DomainError` or `CancellationError`.
  func end(_ failure: (any Error)?)
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
