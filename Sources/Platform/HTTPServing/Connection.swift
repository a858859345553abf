import CSystem
import Concurrency
import EventLoop
import Glibc
import HTTPWire

/// One client connection: reads requests, runs the handler for one at a time, writes the answers.
///
/// | phase | means | leaves by |
/// |---|---|---|
/// | handshake | TLS is being agreed on | done → idle; failed, late → closed |
/// | idle | between requests | first byte → head; idle timeout, drain → closed |
/// | head | part of a head is here | whole head → body or handling; broken or late → lingering |
/// | body | the handler may run, its body arrives | last byte → handling; broken or late → lingering |
/// | handling | the request is complete | answer out → idle, or lingering when not kept alive |
/// | lingering | answer out, sending side closed | client closes, linger time → closed |
/// | closed | the descriptor is closed | |
final class Connection: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every variable is touched on `loop`'s thread only; other threads go through `loop.execute`.
  enum Phase { case handshake, idle, head, body, handling, lingering, closed }

  let loop: EventLoop
  let core: ServerCore
  let set: ConnectionSet
  let peer: PeerAddress
  let identifier: UInt64
  private let descriptor: Int32
  /// Nil where the bytes are sent as they are.
  let tls: TLSSession?

  var phase: Phase
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
  var deadline: UInt64 = .max { didSet { wake(by: deadline) } }
  var beatDeadline: UInt64 = .max { didSet { wake(by: beatDeadline) } }

  // Writing
  var output = OutputBuffer()
  var writeDeadline: UInt64 = .max { didSet { wake(by: writeDeadline) } }
  var waiters: [CheckedContinuation<Void, any Error>] = []
  var closesWhenWritten = false
  /// How often the socket had room again.
  var writableTurns: UInt64 = 0
  /// A file that waits for room.
  var fileWaiter: CheckedContinuation<UInt64, any Error>?

  /// The one timer of the connection, at or before the earliest of its deadlines.
  private var timer: TimerToken?
  private var wakeTime: UInt64 = .max

  init(
    descriptor: Int32, tls: TLSSession?, peer: PeerAddress, identifier: UInt64, loop: EventLoop,
    core: ServerCore,
    set: ConnectionSet
  ) {
    self.descriptor = descriptor
    self.tls = tls
    phase = tls == nil ? .idle : .handshake
    self.peer = peer
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
    try loop.add(descriptor, [.readable, .writable, .peerClosed, .edgeTriggered], self)
    setDeadline(tls == nil ? core.configuration.idleTimeout : core.configuration.handshakeTimeout)
  }

  func ready(_ readiness: Readiness) {
    if phase == .closed { return }
    if readiness.isBroken { return close() }
    // Under TLS either direction may wait for the other.
    if phase != .handshake, readiness.contains(.writable) || tls != nil {
      writableTurns &+= 1
      flush()
      resumeFile()
    }
    if phase == .handshake, readiness == .writable { return shakeHands() }
    if phase == .closed || !readiness.tellsOfInput { return }
    // Data and the end can come in one event: a short read must not be taken for "nothing more".
    if readiness.contains(.peerClosed) { isPeerClosed = true }
    isReadReady = true
    if phase == .handshake { return shakeHands() }
    if phase == .lingering { return discardInput() }
    pump()
    if isPeerClosed && phase == .handling { awaitLeaving() }
  }

  /// The client sends nothing more: it may have left, or it only said so and reads on.
  ///
  /// A short answer is not begrudged it; who has left is found out by the first write, or when the time is up.
  func awaitLeaving() {
    if deadline == .max { setDeadline(core.configuration.halfCloseTime) }
  }

  private func shakeHands() {
    guard let outcome = tls?.accept(), outcome != -Int(EAGAIN) else { return }
    if outcome <= 0 { return close() }
    phase = .idle
    isReadReady = true
    setDeadline(core.configuration.idleTimeout)
    if core.isDraining { return close() }
    pump()
  }

  /// The server drains: an idle connection closes, a busy one closes after its answer.
  func drain() {
    if phase == .handshake || phase == .idle && output.isEmpty { return close() }
    exchange?.keepsAlive = false
    if phase == .idle { closesWhenWritten = true }
    endIfDraining()
  }

  // MARK: Deadlines

  func setDeadline(_ delay: Duration?) {
    deadline = delay.map { EventLoop.now &+ $0.nanoseconds } ?? .max
  }

  /// A deadline that moves on leaves the timer where it is: it is looked at when the old time comes, and so
  /// a busy connection touches the heap once in a while rather than several times for each request.
  private func wake(by time: UInt64) {
    guard time < wakeTime, phase != .closed else { return }
    if let timer { loop.cancel(timer) }
    wakeTime = time
    timer = loop.schedule(at: time) { self.checkDeadlines(now: EventLoop.now) }
  }

  private func checkDeadlines(now: UInt64) {
    timer = nil
    wakeTime = .max
    if now >= writeDeadline { return close() }
    if now >= beatDeadline { beat(now) }
    if now >= deadline {
      deadline = .max
      runOut()
    }
    wake(by: min(deadline, writeDeadline, beatDeadline))
  }

  private func runOut() {
    switch phase {
    case .handshake, .idle, .lingering: close()
    case .head: reject(RequestRejection(.requestTimeout, "the head of the request took too long"))
    case .body:
      // It is our turn, not the client's; reading on sets the time anew.
      if isBodyPaused || exchange?.awaitsContinue == true { return }
      reject(RequestRejection(.requestTimeout, "the body of the request stopped arriving"))
    case .handling:
      // It said long ago that it sends nothing more, and of an answer it has seen nothing: it has left.
      if isPeerClosed && exchange?.hasKnownLength != true { abandonExchange() }
    case .closed: break
    }
  }

  // MARK: The socket

  func copySocket() -> SocketCopy? { SocketCopy(of: descriptor) }

  func receive() -> Int {
    tls?.receive(loop.scratch, EventLoop.scratchSize)
      ?? csystem_recv(descriptor, loop.scratch, EventLoop.scratchSize)
  }

  func transmit(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    return tls?.send(base, bytes.count) ?? csystem_send(descriptor, base, bytes.count)
  }

  /// Sends our end, then reads and drops for a moment: closing at once would reset the connection, and the
  /// client could lose the answer it has not read yet.
  func linger() {
    guard phase != .closed && phase != .lingering else { return }
    phase = .lingering
    input = []
    inputOffset = 0
    setDeadline(core.configuration.lingerTime)
    tls?.finish()
    shutdown(descriptor, Int32(SHUT_WR))
    discardInput()
  }

  private func discardInput() {
    while true {
      // Nobody asks what it says.
      let count = csystem_recv(descriptor, loop.scratch, EventLoop.scratchSize)
      if count > 0 { continue }
      if count != -Int(EAGAIN) { close() }
      return
    }
  }

  /// Closes now; a running handler is cancelled, everything that waits is told.
  func close() {
    if phase == .closed { return }
    phase = .closed
    if let timer { loop.cancel(timer) }
    timer = nil
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
