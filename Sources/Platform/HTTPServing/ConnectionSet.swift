import EventLoop
import Glibc
import HTTPWire
import Synchronization

/// The connections of one loop.
final class ConnectionSet: @unchecked Sendable {
  // @unchecked: `count` is atomic; the rest is touched on the loop's thread only.
  let loop: EventLoop
  private let core: ServerCore
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var cachedDate: (second: Int, text: [UInt8]) = (0, [])
  private var isStopped = false

  init(loop: EventLoop, core: ServerCore) {
    self.loop = loop
    self.core = core
  }

  /// Takes over an accepted socket; call on the loop.
  func adopt(_ descriptor: Int32, from peer: PeerAddress, identifier: UInt64) {
    var session: TLSSession?
    if let context = core.tls.withLock({ $0 }) {
      session = context.session(on: descriptor)
      if session == nil {
        close(descriptor)
        return core.connectionClosed(loop, peer)
      }
    }
    let connection = Connection(
      descriptor: descriptor, tls: session, peer: peer, identifier: identifier, loop: loop, core: core,
      set: self)
    do throws(EventLoopError) {
      try connection.begin()
      connections[ObjectIdentifier(connection)] = connection
      // Accepted just before the listener closed.
      if isStopped { connection.close() } else if core.isDraining { connection.drain() }
    } catch {
      close(descriptor)
      core.connectionClosed(loop, peer)
    }
  }

  func closed(_ connection: Connection) {
    connections[ObjectIdentifier(connection)] = nil
    core.connectionClosed(loop, connection.peer)
  }

  /// Closes what is idle and lets the rest finish.
  func drain() {
    for connection in connections.values { connection.drain() }
  }

  /// Closes everything now, and what is still handed over.
  func closeAll() {
    isStopped = true
    for connection in connections.values { connection.close() }
  }

  /// The current Date value; the same bytes for a second.
  func date() -> [UInt8] {
    let now = time(nil)
    if now != cachedDate.second {
      cachedDate = (now, Array(HTTPDate.format(unixSeconds: Int64(now)).utf8))
    }
    return cachedDate.text
  }
}
