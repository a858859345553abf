import Domain

/// Where a relayed stream goes; calls that come too late do nothing.
package protocol RelayOutput: AnyObject, Sendable {
  /// Adds bytes, which go out with `flush`; false asks for a pause until `RelayedStream.callerHasRoom`.
  func write(_ bytes: [UInt8]) -> Bool
  func flush()
  /// The answer is whole.
  func end()
  /// The answer ends with an error, `UpstreamRefusal` or `DomainError`, that the caller is told of.
  func end(telling error: any Error)
  /// The answer is broken off without a word.
  func abort()
}

/// An engine's event stream on its way to a caller.
///
/// Bytes go from the engine's connection to the caller's without a task in between.
package final class RelayedStream: RelayReceiving, @unchecked Sendable {
  // @unchecked: the variables are touched by `start`, and from then on by the source's calls only, which come one at a
  // time.
  static let cut = DomainError(
    .upstreamFailed, "The model's server closed the connection in the middle of its answer.",
    hint: "Try again; the model may have been unloaded.", origin: .upstream)

  private let source: any RelaySource
  private let hold: RelayHold
  private let promptTokens: Int
  /// Takes what was used, nil for a failure; called once.
  private let count: @Sendable (TokenUsage?) -> Void
  private var events: RelayEvents
  /// What can go on, while it is handed over.
  private var ready: [UInt8] = []
  private var first: [UInt8]
  private var output: (any RelayOutput)?
  /// What the engine sent too much of.
  private var refusal: DomainError?

  init(
    first: [UInt8], answer: RelayAnswer, hold: RelayHold, events: RelayEvents, promptTokens: Int,
    count: @escaping @Sendable (TokenUsage?) -> Void
  ) {
    self.first = first
    source = answer.body
    self.hold = hold
    self.events = events
    self.promptTokens = promptTokens
    self.count = count
  }

  // MARK: The caller's side

  /// Passes everything on; call once.
  package func start(into output: any RelayOutput) {
    self.output = output
    _ = first.withUnsafeBytes { receive($0) }
    first = []
    settle()
    if self.output != nil { source.pour(into: self) }
  }

  /// There is room after a write that was answered with false.
  package func callerHasRoom() { source.resume() }

  /// Nobody listens any more: what came until then is counted.
  package func callerLeft() { source.close() }

  // MARK: The engine's side

  package func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let output, !isOver else { return true }
    do throws(DomainError) {
      ready.removeAll(keepingCapacity: ready.capacity <= 4096)
      try events.feed(bytes, into: &ready)
      return output.write(ready)
    } catch {
      refusal = error
      return true
    }
  }

  package func settle() {
    guard let output else { return }
    if let failure {
      fail(failure)
    } else if events.isDone {
      finish()
    } else {
      output.flush()
    }
  }

  package func end(_ failure: (any Error)?) {
    guard let output else { return }
    switch failure {
    case nil: finish()
    case let failure as DomainError: fail(failure)
    default:
      // The caller has gone, or the server ends.
      self.output = nil
      count(used)
      hold.end()
      output.abort()
    }
  }

  private var failure: (any Error)? { refusal ?? events.failure }
  private var isOver: Bool { events.isDone || failure != nil }

  private func finish() {
    guard let output else { return }
    _ = output.write(events.finish())
    if let failure { return fail(failure) }
    guard events.isWhole else { return fail(Self.cut) }
    if !events.isDone { _ = output.write(Array("data: [DONE]\n\n".utf8)) }
    self.output = nil
    count(used)
    hold.leave()
    output.end()
  }

  private func fail(_ error: any Error) {
    guard let output else { return }
    self.output = nil
    count(events.completionTokens == 0 ? nil : used)
    hold.end()
    output.end(telling: error)
  }

  private var used: TokenUsage {
    events.usage
      ?? TokenUsage(prompt: promptTokens, completion: events.completionTokens, isEstimate: true)
  }
}
