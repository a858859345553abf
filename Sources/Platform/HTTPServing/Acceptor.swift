import CSystem
import EventLoop
import Glibc

/// Accepts connections on one loop and spreads them over all of them.
///
/// | state | means | leaves by |
/// |---|---|---|
/// | listening | the socket is watched | no descriptor or memory left → resting; `close` |
/// | resting | clients wait in the system's queue, nothing is watched | a quarter of a second → listening; `close` |
/// | closed | the socket is gone | |
final class Acceptor: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every variable is touched on the loop's thread only.
  private static let rest = Duration.milliseconds(250)

  private let listener: ListeningSocket
  private let loop: EventLoop
  private let core: ServerCore
  private let sets: [ConnectionSet]
  // Given up for a moment when the process has no descriptor left: one client more can then be told, rather
  // than left to wait.
  private var reserve: Int32
  private var timer: TimerToken?
  private var isClosed = false

  init(listener: ListeningSocket, loop: EventLoop, core: ServerCore, sets: [ConnectionSet]) {
    self.listener = listener
    self.loop = loop
    self.core = core
    self.sets = sets
    reserve = Self.openReserve()
  }

  func begin() throws(EventLoopError) { try loop.add(listener.descriptor, .readable, self) }

  func ready(_ readiness: Readiness) {
    // A few at a time: established connections have their turn in between.
    for _ in 0..<64 where !isClosed {
      var address = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let descriptor = csystem_accept(listener.descriptor, &address, &length)
      if descriptor >= 0 {
        admit(descriptor, PeerAddress(address))
        continue
      }
      switch -descriptor {
      case EAGAIN: return
      // The client left while it waited, or the network has something to say about it.
      case ECONNABORTED, EPROTO, ENETDOWN, EHOSTDOWN, ENETUNREACH, EHOSTUNREACH, EPERM: continue
      case EMFILE, ENFILE:
        if !refuseWithReserve() { return rest() }
      // ENOBUFS, ENOMEM and whatever else will not be cured by asking again at once.
      default: return rest()
      }
    }
  }

  func close() {
    if isClosed { return }
    isClosed = true
    if let timer { loop.cancel(timer) }
    loop.remove(listener.descriptor)
    listener.close()
    if reserve >= 0 { Glibc.close(reserve) }
  }

  /// A socket with clients waiting is ready all the time: watched on, it would keep the loop turning for
  /// nothing.
  private func rest() {
    loop.modify(listener.descriptor, [])
    timer = loop.schedule(after: Self.rest) {
      self.timer = nil
      if self.reserve < 0 { self.reserve = Self.openReserve() }
      self.loop.modify(self.listener.descriptor, .readable)
    }
  }

  private func admit(_ descriptor: Int32, _ peer: PeerAddress) {
    switch core.admit(peer, to: sets) {
    case .admitted(let set, let identifier):
      if peer.network != nil { _ = csystem_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
      set.loop.execute { set.adopt(descriptor, from: peer, identifier: identifier) }
    case .serverIsFull: refuse(descriptor, "503 Service Unavailable")
    case .addressHasEnough: refuse(descriptor, "429 Too Many Requests")
    }
  }

  private func refuse(_ descriptor: Int32, _ status: String) {
    let answer =
      "HTTP/1.1 \(status)\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    // Who expects a handshake could not read it.
    if core.configuration.tls != nil {
      Glibc.close(descriptor)
      return
    }
    // What came already: left unread it would make closing a reset, and the answer could be lost.
    _ = csystem_recv(descriptor, loop.scratch, EventLoop.scratchSize)
    _ = Array(answer.utf8).withUnsafeBytes { csystem_send(descriptor, $0.baseAddress, $0.count) }
    shutdown(descriptor, Int32(SHUT_WR))
    Glibc.close(descriptor)
  }

  /// Closes one waiting client with the descriptor kept for it.
  ///
  /// False when that did not work either.
  private func refuseWithReserve() -> Bool {
    guard reserve >= 0 else { return false }
    Glibc.close(reserve)
    let descriptor = csystem_accept(listener.descriptor, nil, nil)
    if descriptor >= 0 { refuse(descriptor, "503 Service Unavailable") }
    reserve = Self.openReserve()
    return descriptor >= 0 && reserve >= 0
  }

  private static func openReserve() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
