import Concurrency
import SQLAccess

/// Hands rows from the thread that reads one database to the thread that writes another, a few batches ahead at most.
final class RowBelt: Sendable {
  enum Load: Sendable {
    case rows([Row])
    /// The table is over; the highest number that it ever gave, where it counts.
    case end(TableDigest, newest: Int64?)
  }

  /// The other side has gone.
  struct Closed: Error {}

  private let loads = BlockingQueue<Load>()
  private let room = BlockingQueue<Bool>()

  init() {
    for _ in 0..<4 { room.push(true) }
  }

  /// Waits for room.
  func send(_ load: Load) throws(Closed) {
    guard room.pop() != nil, loads.push(load) else { throw Closed() }
  }

  /// Waits for a load.
  func take() throws(Closed) -> Load {
    guard let load = loads.pop() else { throw Closed() }
    room.push(true)
    return load
  }

  func close() {
    loads.close()
    room.close()
  }
}
