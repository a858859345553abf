import Concurrency
import EventLoop
import Glibc
import Synchronization

/// What the parts of one server share.
final class ServerCore: Sendable {
  private struct Counts {
    var connections: [ObjectIdentifier: Int] = [:]
    var connectionTotal = 0
    var handlers = 0
    var accepted: UInt64 = 0
  }

  let configuration: ServerConfiguration
  let handler: Handler
  let onError: @Sendable (any Error, Request?) -> Response
  let onExchange: (@Sendable (ExchangeSummary) -> Void)?
  let blocking: BlockingPool
  /// Opens when the server begins to shut down.
  let drain = Gate()
  /// Opens when, after that, the last connection has closed and the last handler has returned.
  let quiet = Gate()
  /// Tells the requests of this run from those of any other.
  let run = UInt32.random(in: 1...UInt32.max)
  private let counts = Mutex(Counts())

  init(
    configuration: ServerConfiguration, handler: @escaping Handler,
    onError: @escaping @Sendable (any Error, Request?) -> Response,
    onExchange: (@Sendable (ExchangeSummary) -> Void)?, blocking: BlockingPool
  ) {
    self.configuration = configuration
    self.handler = handler
    self.onError = onError
    self.onExchange = onExchange
    self.blocking = blocking
  }

  var isDraining: Bool { drain.isOpen }

  var connectionCount: Int { counts.withLock { $0.connectionTotal } }

  /// How often deadlines are checked: a quarter of the shortest, between 20 ms and a second.
  var tick: Duration {
    let shortest =
      [
        configuration.headTimeout, configuration.idleTimeout, configuration.bodyStallTimeout,
        configuration.writeStallTimeout, configuration.lingerTime,
      ].min() ?? .seconds(4)
    return min(max(shortest / 4, .milliseconds(20)), .seconds(1))
  }

  /// Counts a new connection in and picks the loop with the fewest; nil when the server is full.
  func admit(_ sets: [ConnectionSet]) -> (set: ConnectionSet, identifier: UInt64)? {
    counts.withLock { counts in
      guard counts.connectionTotal < configuration.maximumConnections else { return nil }
      let least = sets.min {
        counts.connections[ObjectIdentifier($0.loop), default: 0]
          < counts.connections[ObjectIdentifier($1.loop), default: 0]
      }
      guard let least else { return nil }
      counts.connections[ObjectIdentifier(least.loop), default: 0] += 1
      counts.connectionTotal += 1
      counts.accepted += 1
      return (least, counts.accepted)
    }
  }

  func connectionClosed(_ loop: EventLoop) {
    counts.withLock { counts in
      counts.connections[ObjectIdentifier(loop), default: 0] -= 1
      counts.connectionTotal -= 1
    }
    checkQuiet()
  }

  func handlerBegan() { counts.withLock { $0.handlers += 1 } }

  func handlerEnded() {
    counts.withLock { $0.handlers -= 1 }
    checkQuiet()
  }

  /// Opens `quiet` when the server is draining and nothing is left.
  func checkQuiet() {
    if isDraining && counts.withLock({ $0.connectionTotal == 0 && $0.handlers == 0 }) { quiet.open() }
  }
}
