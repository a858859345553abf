import EventLoop

/// Hears how the client of a fed answer fares; on the connection's loop.
package protocol ResponseFeedOwner: AnyObject, Sendable {
  /// More can be taken after a write that returned false.
  func clientHasRoom()
  /// The client left, or the server drains: nothing that is written arrives any more.
  ///
  /// Called once at most, and not after `end`.
  func clientLeft()
}

/// A streamed body that is fed by calls rather than written by a task: a thousand slow streams would keep a thousand
/// stacks.
///
/// From any thread, one call at a time; on the connection's loop, where `Response.Body.feed` begins it, at no cost.
/// Calls that come too late do nothing.
package struct ResponseFeed: Sendable {
  let connection: Connection
  let sequence: UInt64

  /// Says who hears of the client, until `end`; first of all.
  package func setOwner(_ owner: any ResponseFeedOwner) {
    onLoop { connection.setFeedOwner(owner, sequence) }
  }

  /// Adds bytes, which go out with `flush`.
  ///
  /// False asks for a pause until `clientHasRoom`; what is written all the same is kept.
  package func write(_ bytes: [UInt8]) -> Bool {
    if connection.loop.isCurrent { return connection.feed(bytes, sequence) }
    connection.loop.execute { connection.feedFromElsewhere(bytes, sequence) }
    return false
  }

  /// Runs `body` on the connection's loop: at once when the caller is on it.
  package func run(_ body: @escaping @Sendable () -> Void) { onLoop(body) }

  /// Sends what the client takes.
  package func flush() { onLoop { connection.flushFeed(sequence) } }

  /// The body is whole.
  package func end() { onLoop { connection.endAnswer(sequence) } }

  /// The body ends here and is not whole: the connection is cut, unless it is the drain that ends it.
  package func abort() { onLoop { connection.abortAnswer(sequence) } }

  /// Without a closure on the heap where none is needed.
  @inline(__always)
  private func onLoop(_ body: @escaping @Sendable () -> Void) {
    if connection.loop.isCurrent { body() } else { connection.loop.execute(body) }
  }
}

extension Connection {
  func setFeedOwner(_ owner: any ResponseFeedOwner, _ sequence: UInt64) {
    guard isFeeding(sequence), let current = exchange, !current.isEndedByDrain else {
      return owner.clientLeft()
    }
    current.feedOwner = owner
  }

  /// Lets the body be fed from here on, where its task can go.
  ///
  /// False where nobody listens any more.
  func handOver(_ sequence: UInt64, _ begin: (ResponseFeed) -> Void) -> Bool {
    guard isFeeding(sequence), let current = exchange, !current.isAbandoned else { return false }
    current.isHandedOver = true
    begin(ResponseFeed(connection: self, sequence: sequence))
    return true
  }

  func feed(_ bytes: [UInt8], _ sequence: UInt64) -> Bool {
    guard isFeeding(sequence), let current = exchange, !current.isFeedLost, !bytes.isEmpty else {
      return true
    }
    current.sentBytes += Int64(bytes.count)
    if current.isChunked { output.append(chunk: bytes) } else { output.append(bytes) }
    if output.count <= core.configuration.highMark { return true }
    current.isFeedHeld = true
    return false
  }

  /// The writer was told to wait, and hears when it need not.
  func feedFromElsewhere(_ bytes: [UInt8], _ sequence: UInt64) {
    if feed(bytes, sequence), sequence == self.sequence { exchange?.feedOwner?.clientHasRoom() }
  }

  func flushFeed(_ sequence: UInt64) { if isFeeding(sequence) { flush() } }

  /// Tells the owner that there is room, when this turn is done: it may be in the middle of writing.
  func resumeFeed() {
    guard let current = exchange, current.isFeedHeld else { return }
    current.isFeedHeld = false
    loop.atEndOfStep { current.feedOwner?.clientHasRoom() }
  }

  /// Tells the owner, once, that nobody listens any more.
  func abandonFeed() {
    guard let current = exchange, let owner = current.feedOwner else { return }
    current.feedOwner = nil
    current.isFeedLost = true
    owner.clientLeft()
  }

  private func isFeeding(_ sequence: UInt64) -> Bool {
    phase != .closed && phase != .lingering && sequence == self.sequence && exchange?.status != nil
      && exchange?.isAnswered == false
  }
}
