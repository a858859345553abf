import CSystem
import Concurrency
import EventLoop
import Glibc
import HTTPWire

/// One client connection: reads requests, runs the handler for one at a time, writes the answers.
///
/// | phase | means | leaves by |
/// |---|---|---|
/// | idle | between requests | first byte → head; idle timeout, drain → closed |
/// | head | part of a head is here | whole head → body or handling; broken or late → lingering |
/// | body | the handler may run, its body arrives | last byte → handling; broken or late → lingering |
/// | handling | the request is complete | answer out → idle, or lingering when not kept alive |
/// | lingering | answer out, sending side closed | client closes, linger time → closed |
/// | closed | the descriptor is closed | |
final class Connection: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every variable is touched on `loop`'s thread only; other threads go through `loop.execute`.
  enum Phase { case idle, head, body, handling, lingering, closed }

  let loop: EventLoop
  let core: ServerCore
  let set: ConnectionSet
  let remoteAddress: String
  let identifier: UInt64
  private let descriptor: Int32

  var phase = Phase.idle
  var exchange: Exchange?
  var sequence: UInt64 = 0

  // Reading
  var input: [UInt8] = []
  var inputOffset = 0
  var parser: RequestHeadParser
  var decoder = BodyDecoder(.none)
  var isBodyPaused = false
  var isReadReady = false
  var isPeerClosed = false
  var isPumping = false
  var deadline: UInt64 = .max
  var beatDeadline: UInt64 = .max

  // Writing
  var output = OutputBuffer()
  var writeDeadline: UInt64 = .max
  var waiters: [CheckedContinuation<Void, any Error>] = []
  var closesWhenWritten = false

  init(
    descriptor: Int32, remoteAddress: String, identifier: UInt64, loop: EventLoop, core: ServerCore,
    set: ConnectionSet
  ) {
    self.descriptor = descriptor
    self.remoteAddress = remoteAddress
    self.identifier = identifier
    self.loop = loop
    self.core = core
    self.set = set
    parser = RequestHeadParser(limit: core.configuration.maximumHeadBytes)
  }

  /// Begins to watch the socket.
  ///
  /// Throws what epoll says; the caller then closes the descriptor.
  func begin() throws(EventLoopError) {
    setDeadline(core.configuration.idleTimeout)
    try loop.add(descriptor, [.readable, .writable, .peerClosed, .edgeTriggered], self)
  }

  func ready(_ readiness: Readiness) {
    if phase == .closed { return }
    if !readiness.isDisjoint(with: [.failed, .hungUp]) { return close() }
    if readiness.contains(.writable) { flush() }
    if phase == .closed || readiness.isDisjoint(with: [.readable, .peerClosed]) { return }
    // Data and the end can come in one event: a short read must not be taken for "nothing more".
    if readiness.contains(.peerClosed) { isPeerClosed = true }
    isReadReady = true
    if phase == .lingering { return discardInput() }
    pump()
    if isPeerClosed && phase == .handling { abandonExchange() }
  }

  /// The server drains: an idle connection closes, a busy one closes after its answer.
  func drain() {
    if phase == .idle && output.isEmpty { return close() }
    exchange?.keepsAlive = false
    if phase == .idle { closesWhenWritten = true }
    endIfDraining()
  }

  // MARK: Deadlines

  func setDeadline(_ delay: Duration?) {
    deadline = delay.map { EventLoop.now &+ $0.nanoseconds } ?? .max
  }

  /// Called every tick of the set.
  func checkDeadlines(now: UInt64) {
    if now >= writeDeadline { return close() }
    if now >= beatDeadline { beat(now) }
    if now < deadline { return }
    switch phase {
    case .idle, .lingering: close()
    case .head: reject(RequestRejection(.requestTimeout, "the head of the request took too long"))
    case .body:
      // It is our turn, not the client's.
      if isBodyPaused || exchange?.awaitsContinue == true { return }
      reject(RequestRejection(.requestTimeout, "the body of the request stopped arriving"))
    case .handling, .closed: break
    }
  }

  // MARK: The socket

  func receive() -> Int { csystem_recv(descriptor, loop.scratch, EventLoop.scratchSize) }

  func transmit(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    return csystem_send(descriptor, base, bytes.count)
  }

  /// Sends our end, then reads and drops for a moment: closing at once would reset the connection, and the
  /// client could lose the answer it has not read yet.
  func linger() {
    guard phase != .closed && phase != .lingering else { return }
    phase = .lingering
    input = []
    inputOffset = 0
    setDeadline(core.configuration.lingerTime)
    shutdown(descriptor, Int32(SHUT_WR))
    discardInput()
  }

  private func discardInput() {
    while true {
      let count = receive()
      if count > 0 { continue }
      if count != -Int(EAGAIN) { close() }
      return
    }
  }

  /// Closes now; a running handler is cancelled, everything that waits is told.
  func close() {
    if phase == .closed { return }
    phase = .closed
    loop.remove(descriptor)
    Glibc.close(descriptor)
    abandonExchange()
    exchange.map(report)
    exchange = nil
    input = []
    output.removeAll()
    set.closed(self)
  }
}
