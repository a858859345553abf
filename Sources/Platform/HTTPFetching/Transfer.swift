import Concurrency
import EventLoop
import HTTPWire

/// One request and its answer: what its reader sees of what a carrier moves.
///
/// | state | means | leaves by |
/// |---|---|---|
/// | prepared | not begun | begin → waiting |
/// | waiting | no head yet | head → streaming; failure → finished |
/// | streaming | head delivered | last byte, failure → finished; `letEnd` → leaving |
/// | leaving | its reader has all it wants | last byte, one byte more, silence → finished |
/// | finished | the carrier no longer knows it | |
final class Transfer: @unchecked Sendable {
  // @unchecked: `body` is Sendable; everything else is touched on the loop only, once `init` is over.
  private enum State { case prepared, waiting, streaming, leaving, finished }

  let body = ByteStream(highMark: 128 * 1024)
  private let loop: EventLoop
  private let carrier: any Carrier
  private var state = State.prepared
  private var continuation: CheckedContinuation<FetchResponse, any Error>?
  private var isPaused = false
  private var abortReason: (any Error)?
  /// Takes the body in place of `body`.
  private var receiver: (any BodyReceiver)?
  private var isReceiverFull = false
  /// What a finished transfer failed with.
  private var failure: (any Error)?
  private let stall: Duration?
  /// When the last byte came or went.
  private var lastByte: UInt64 = 0
  private var stallTimer: TimerToken?
  private var sentAtCheck: Int64 = 0

  /// - Parameter stall: without a byte in either direction; nil is no limit.
  init(_ carrier: any Carrier, stall: Duration?, loop: EventLoop) {
    self.carrier = carrier
    self.loop = loop
    self.stall = stall.map { max($0, .seconds(1)) }
  }

  /// Starts; the continuation gets the head or the failure.
  ///
  /// Call on the loop.
  func begin(_ continuation: CheckedContinuation<FetchResponse, any Error>) {
    if let abortReason { return continuation.resume(throwing: abortReason) }
    self.continuation = continuation
    state = .waiting
    // Until `end`, which takes them back.
    body.setCallbacks(onDrain: { self.goOn() }, onEnd: { self.abort(CancellationError()) })
    if let stall { watchStall(for: stall) }
    if !carrier.start(for: self) { end(FetchError(.aborted, detail: "the client is closed")) }
  }

  /// Ends the transfer if it has not ended.
  ///
  /// From any thread.
  func abort(_ reason: any Error = FetchError(.aborted)) {
    loop.execute {
      if self.state == .prepared { self.abortReason = reason }
      guard self.isUnderWay else { return }
      self.leave(reason)
    }
  }

  /// The client closes.
  func cut() { if state != .finished { leave(FetchError(.aborted)) } }

  private var isUnderWay: Bool { state == .waiting || state == .streaming }

  /// Takes itself back from the carrier.
  private func leave(_ failure: (any Error)?) {
    carrier.leave()
    end(failure)
  }

  private func end(_ failure: (any Error)?) {
    let wasWaiting = state == .waiting
    state = .finished
    self.failure = failure
    if let stallTimer { loop.cancel(stallTimer) }
    stallTimer = nil
    if wasWaiting {
      continuation?.resume(throwing: failure ?? FetchError(.badResponse, detail: "no final response"))
      continuation = nil
    }
    body.finish(throwing: failure)
    body.setCallbacks()
    let receiver = receiver
    self.receiver = nil
    receiver?.end(failure)
  }

  /// Lets the carrier give what it holds back, and ask for more.
  ///
  /// From any thread.
  func goOn() {
    loop.execute {
      self.isReceiverFull = false
      guard self.isPaused, self.isUnderWay else { return }
      self.isPaused = false
      self.lastByte = EventLoop.now
      self.carrier.resume()
    }
  }

  // MARK: A receiver in place of a reader

  func pour(into receiver: any BodyReceiver) {
    loop.execute {
      self.receiver = receiver
      let waiting = self.body.takeAll()
      if !waiting.isEmpty {
        self.isReceiverFull = !waiting.withUnsafeBytes { receiver.receive($0) }
        self.settle()
      }
      if self.state == .finished {
        self.end(self.failure)
      } else if !self.isReceiverFull {
        self.goOn()
      }
    }
  }

  func settle() { receiver?.settle() }

  func letEnd(within patience: Duration) {
    loop.execute {
      guard self.state == .streaming else { return }
      // There is more than was read.
      if self.isPaused { return self.leave(nil) }
      self.state = .leaving
      self.receiver = nil
      if let stallTimer = self.stallTimer { self.loop.cancel(stallTimer) }
      self.stallTimer = self.loop.schedule(after: patience) {
        self.stallTimer = nil
        self.leave(nil)
      }
    }
  }

  /// A limit of the carrier's own would set a timer anew with every piece that comes.
  private func watchStall(for stall: Duration) {
    lastByte = EventLoop.now
    scheduleStallCheck(after: stall)
  }

  private func scheduleStallCheck(after delay: Duration) {
    stallTimer = loop.schedule(after: delay) { self.checkStall() }
  }

  private func checkStall() {
    stallTimer = nil
    guard let stall, isUnderWay else { return }
    let sent = carrier.sentBytes
    if sent != sentAtCheck { lastByte = EventLoop.now }
    sentAtCheck = sent
    // An answer nobody reads, or a source that has nothing to send yet, stands still by itself.
    let silence = isPaused ? .zero : Duration.nanoseconds(Int64(EventLoop.now &- lastByte))
    if silence < stall { return scheduleStallCheck(after: stall - silence) }
    leave(FetchError(.timedOut, detail: "nothing came for \(stall)"))
  }

  // MARK: From the carrier, on the loop

  /// No head yet.
  var isWaiting: Bool { state == .waiting }

  /// Its reader has all it wants: one byte more, and the connection is not worth waiting for.
  var isLeaving: Bool { state == .leaving }

  /// Something went over the connection that is neither head nor body.
  func somethingCame() { lastByte = EventLoop.now }

  /// The final head.
  func receive(_ status: HTTPStatus, _ fields: HTTPFields) {
    lastByte = EventLoop.now
    state = .streaming
    continuation?.resume(
      returning: FetchResponse(status: status, fields: fields, body: FetchBody(transfer: self)))
    continuation = nil
  }

  /// Whether a piece of the body may be given; false pauses the transfer until `resume`.
  func hasRoom() -> Bool {
    guard receiver == nil ? body.pauseIfFull() : isReceiverFull else { return true }
    isPaused = true
    return false
  }

  /// Nothing is moved until `resume`.
  func pause() { isPaused = true }

  /// A piece of the body; true where `settle` is to be called when what came together was given.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    lastByte = EventLoop.now
    if let receiver {
      isReceiverFull = !receiver.receive(bytes)
      return true
    }
    body.push(Array(bytes))
    return false
  }

  /// The answer is whole, or failed; the carrier has let go of it.
  func finish(_ failure: FetchError?) { end(failure) }
}
