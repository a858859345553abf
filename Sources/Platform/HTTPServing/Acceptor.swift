import CSystem
import EventLoop
import Glibc

/// Accepts connections on one loop and spreads them over all of them.
final class Acceptor: ReadinessHandler, @unchecked Sendable {
  // @unchecked: every variable is touched on the loop's thread only.
  private let listener: Int32
  private let loop: EventLoop
  private let core: ServerCore
  private let sets: [ConnectionSet]
  // Given up for a moment when the process has no descriptor left: without it the pending connection could be
  // neither accepted nor refused, and the loop would spin on it.
  private var reserve: Int32
  private var isClosed = false

  init(listener: Int32, loop: EventLoop, core: ServerCore, sets: [ConnectionSet]) {
    self.listener = listener
    self.loop = loop
    self.core = core
    self.sets = sets
    reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
  }

  func begin() throws(EventLoopError) { try loop.add(listener, .readable, self) }

  func ready(_ readiness: Readiness) {
    // A few at a time: established connections have their turn in between.
    for _ in 0..<64 where !isClosed {
      var address = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let descriptor = csystem_accept(listener, &address, &length)
      if descriptor >= 0 {
        admit(descriptor, address)
      } else if descriptor == -EMFILE || descriptor == -ENFILE {
        if !refuseWithReserve() { return }
      } else if descriptor != -ECONNABORTED {
        return
      }
    }
  }

  func close() {
    if isClosed { return }
    isClosed = true
    loop.remove(listener)
    Glibc.close(listener)
    if reserve >= 0 { Glibc.close(reserve) }
  }

  private func admit(_ descriptor: Int32, _ address: sockaddr_storage) {
    guard let (set, identifier) = core.admit(sets) else { return refuse(descriptor) }
    _ = csystem_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    let text = Self.numericHost(address)
    set.loop.execute { set.adopt(descriptor, remoteAddress: text, identifier: identifier) }
  }

  private func refuse(_ descriptor: Int32) {
    let answer =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
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
    let descriptor = csystem_accept(listener, nil, nil)
    if descriptor >= 0 { refuse(descriptor) }
    reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
    return descriptor >= 0
  }

  private static func numericHost(_ address: sockaddr_storage) -> String {
    var text = [UInt8](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    withUnsafeBytes(of: address) { raw in
      // Where the address begins within the structure: after family and port, and after the flow label in
      // IPv6.
      let offset = Int32(address.ss_family) == AF_INET6 ? 8 : 4
      guard let base = raw.baseAddress else { return }
      text.withUnsafeMutableBytes {
        _ = inet_ntop(
          Int32(address.ss_family), base + offset, $0.baseAddress?.assumingMemoryBound(to: CChar.self),
          socklen_t($0.count))
      }
    }
    let host = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    // An IPv4 client of a `::` listener.
    return host.hasPrefix("::ffff:") && host.contains(".") ? String(host.dropFirst(7)) : host
  }
}
