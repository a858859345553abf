import CSystem
import EventLoop
import Glibc

/// One plain connection to an engine: owns its descriptor; carries one request after the other.
final class DirectConnection: ReadinessHandler {
  let origin: String
  /// Nil while it is kept for the next request.
  var user: DirectCarrier?
  /// When it was last given back.
  var idleSince: UInt64 = 0
  /// More may be there than was read.
  var isReadReady = false
  /// The server sends nothing more.
  private(set) var isPeerClosed = false
  private(set) var isConnected = false
  private let descriptor: Int32
  private unowned let pool: DirectConnections

  /// Begins to connect; `ready` of its user tells how it went.
  ///
  /// Throws `FetchError`.
  init(to target: DirectTarget, pool: DirectConnections) throws(FetchError) {
    origin = target.origin
    self.pool = pool
    descriptor = csystem_connect_address(target.address, target.port)
    guard descriptor >= 0 else { throw FetchError(connecting: -descriptor) }
    do throws(EventLoopError) {
      // For its whole life: what is not wanted at a time is not looked at.
      try pool.loop.add(descriptor, [.readable, .writable, .peerClosed, .edgeTriggered], self)
    } catch {
      Glibc.close(descriptor)
      throw FetchError(.other, detail: "epoll_ctl: \(error)")
    }
  }

  func ready(_ readiness: Readiness) {
    if readiness.contains(.peerClosed) || readiness.isBroken { isPeerClosed = true }
    if readiness.tellsOfInput || readiness.isBroken { isReadReady = true }
    guard let user else {
      // Kept, nothing is asked of it: whatever it says, it is of no use any more.
      if isReadReady { pool.drop(self) }
      return
    }
    if !isConnected {
      let failure = readiness.isBroken ? csystem_socket_failure(descriptor) : 0
      if failure != 0 { return user.lost(FetchError(connecting: failure)) }
      isConnected = true
    }
    if readiness.contains(.writable) { user.canSend() }
    if isReadReady { self.user?.read() }
  }

  /// Bytes sent, or an error of the system, negative; `-EAGAIN` where the socket is full or not connected yet.
  func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    let count = csystem_send(descriptor, base, bytes.count)
    // On one machine a connection is often made before epoll says so.
    if count > 0 { isConnected = true }
    return count
  }

  /// Bytes read, zero at the end, or an error of the system, negative.
  func receive(_ room: UnsafeMutableRawPointer, _ size: Int) -> Int {
    let count = csystem_recv(descriptor, room, size)
    // A short read leaves nothing behind, unless the end came in the same event.
    if count < size && !isPeerClosed || count == -Int(EAGAIN) { isReadReady = false }
    return count
  }

  /// Whether a kept connection is silent and open: what an answer left behind must not be read as the next one's.
  func isFit() -> Bool {
    var byte: UInt8 = 0
    return !isPeerClosed && csystem_recv(descriptor, &byte, 1) == -Int(EAGAIN)
  }

  func close() {
    user = nil
    pool.loop.remove(descriptor)
    Glibc.close(descriptor)
  }
}

extension FetchError {
  /// What a connection failed with before it was one.
  init(connecting failure: Int32) {
    let code: Code =
      switch failure {
      case ECONNREFUSED: .connectionRefused
      case ETIMEDOUT: .timedOut
      default: .unreachable
      }
    self.init(code, detail: "connect: errno \(failure)")
  }
}
