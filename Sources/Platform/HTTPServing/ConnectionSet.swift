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

  /// Begins to check deadlines; call on the loop.
  func start() { scheduleTick() }

  /// Takes over an accepted socket; call on the loop.
  func adopt(_ descriptor: Int32, remoteAddress: String, identifier: UInt64) {
    let connection = Connection(
      descriptor: descriptor, remoteAddress: remoteAddress, identifier: identifier, loop: loop, core: core,
      set: self)
    do throws(EventLoopError) {
      try connection.begin()
      connections[ObjectIdentifier(connection)] = connection
      // Accepted just before the listener closed.
      if isStopped { connection.close() } else if core.isDraining { connection.drain() }
    } catch {
      close(descriptor)
      core.connectionClosed(loop)
    }
  }

  func closed(_ connection: Connection) {
    connections[ObjectIdentifier(connection)] = nil
    core.connectionClosed(loop)
  }

  /// Closes what is idle and lets the rest finish.
  func drain() {
    for connection in connections.values { connection.drain() }
  }

  /// Closes everything now and stops the tick.
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

  private func scheduleTick() {
    if isStopped { return }
    loop.schedule(after: core.tick) { [weak self] in
      guard let self else { return }
      let now = EventLoop.now
      for connection in self.connections.values { connection.checkDeadlines(now: now) }
      self.scheduleTick()
    }
  }
}
