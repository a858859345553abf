import Concurrency
import EventLoop
import Glibc
import Synchronization

/// What the parts of one server share.
final class ServerCore: Sendable {
  private struct Counts {
    var connections: [ObjectIdentifier: Int] = [:]
    var connectionTotal = 0
    var networks: [PeerAddress.Network: Int] = [:]
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
  /// For connections from now on; nil without TLS.
  let tls = Mutex<TLSContext?>(nil)
  private let counts = Mutex(Counts())
  private let handlers = Atomic<Int>(0)

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

  var handlerCount: Int { handlers.load(ordering: .sequentiallyConsistent) }

  var connectionCount: Int { counts.withLock { $0.connectionTotal } }

  /// What becomes of a new connection.
  enum Admission {
    case admitted(ConnectionSet, identifier: UInt64)
    case serverIsFull
    case addressHasEnough
  }

  /// Counts a new connection in and picks the loop with the fewest.
  func admit(_ peer: PeerAddress, to sets: [ConnectionSet]) -> Admission {
    counts.withLock { counts in
      guard counts.connectionTotal < configuration.maximumConnections else { return .serverIsFull }
      let network = countedNetwork(of: peer)
      if let network, counts.networks[network, default: 0] >= configuration.maximumConnectionsPerAddress {
        return .addressHasEnough
      }
      let least = sets.min {
        counts.connections[ObjectIdentifier($0.loop), default: 0]
          < counts.connections[ObjectIdentifier($1.loop), default: 0]
      }
      guard let least else { return .serverIsFull }
      if let network { counts.networks[network, default: 0] += 1 }
      counts.connections[ObjectIdentifier(least.loop), default: 0] += 1
      counts.connectionTotal += 1
      counts.accepted += 1
      return .admitted(least, identifier: counts.accepted)
    }
  }

  private func countedNetwork(of peer: PeerAddress) -> PeerAddress.Network? {
    peer.isLoopback && !configuration.limitsLoopback ? nil : peer.network
  }

  func connectionClosed(_ loop: EventLoop, _ peer: PeerAddress) {
    counts.withLock { counts in
      if let network = countedNetwork(of: peer) {
        let left = counts.networks[network, default: 1] - 1
        counts.networks[network] = left > 0 ? left : nil
      }
      counts.connections[ObjectIdentifier(loop), default: 0] -= 1
      counts.connectionTotal -= 1
    }
    checkQuiet()
  }

  func handlerBegan() { handlers.add(1, ordering: .sequentiallyConsistent) }

  func handlerEnded() {
    handlers.subtract(1, ordering: .sequentiallyConsistent)
    checkQuiet()
  }

  /// Opens `quiet` when the server is draining and nothing is left.
  func checkQuiet() {
    // In this order: without a connection no handler begins any more.
    guard isDraining, connectionCount == 0, handlerCount == 0 else { return }
    quiet.open()
  }
}
