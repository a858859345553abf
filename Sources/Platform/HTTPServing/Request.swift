package import Concurrency
package import EventLoop
package import HTTPWire

/// One request, given to a handler when its head has arrived; the body may still be on its way.
///
/// The handler's task is cancelled when the client leaves.
package struct Request: Sendable {
  /// What is known when the head has arrived; one reference, since a request is handed on at every step of its way.
  final class Arrival: Sendable {
    let method: HTTPMethod
    let target: RequestTarget
    let fields: HTTPFields
    let body: RequestBody
    let remoteAddress: String
    let loop: EventLoop
    let blocking: BlockingPool
    let number: RequestNumber
    let drain: Gate
    let began: UInt64

    init(
      method: HTTPMethod, target: RequestTarget, fields: HTTPFields, body: RequestBody, remoteAddress: String,
      loop: EventLoop, blocking: BlockingPool, number: RequestNumber, drain: Gate, began: UInt64
    ) {
      self.method = method
      self.target = target
      self.fields = fields
      self.body = body
      self.remoteAddress = remoteAddress
      self.loop = loop
      self.blocking = blocking
      self.number = number
      self.drain = drain
      self.began = began
    }
  }

  private let arrival: Arrival
  var routing: Routing?

  init(_ arrival: Arrival) { self.arrival = arrival }

  package var method: HTTPMethod { arrival.method }
  package var target: RequestTarget { arrival.target }
  package var fields: HTTPFields { arrival.fields }
  package var body: RequestBody { arrival.body }
  /// The client's numeric address, without its port.
  package var remoteAddress: String { arrival.remoteAddress }
  /// The loop the connection lives on, and the handler's task with it.
  package var loop: EventLoop { arrival.loop }
  /// Threads for what blocks; never block on the loop.
  package var blocking: BlockingPool { arrival.blocking }
  /// The pattern of the matching route, once a router has looked; nil when none matches.
  package var route: String? {
    if case .matched(_, let pattern, _)? = routing { pattern } else { nil }
  }

  /// What stands in the address for the pattern's parameters, decoded, in their order.
  var pathValues: [String] {
    if case .matched(_, _, let values)? = routing { values } else { [] }
  }

  /// How long ago its head had arrived.
  package var age: Duration { .nanoseconds(Int64(EventLoop.now - arrival.began)) }
  var number: RequestNumber { arrival.number }
  private var drain: Gate { arrival.drain }

  /// Names this request in logs and answers; unique across restarts for all practical purposes.
  package var id: String { number.description }

  /// Whether the server is shutting down: end streams, begin nothing long.
  package var isDraining: Bool { drain.isOpen }

  /// Returns when the server begins to shut down.
  ///
  /// Throws `CancellationError` when the task is cancelled first.
  package func drained() async throws { try await drain.wait() }

  /// Waits on the loop's timer.
  ///
  /// Throws `CancellationError` when the task is cancelled.
  package func sleep(for duration: Duration) async throws { try await loop.sleep(for: duration) }
}

/// Counts requests: which run of the server, which connection, which request on it.
struct RequestNumber: Sendable, CustomStringConvertible {
  let run: UInt32
  let connection: UInt64
  let sequence: UInt64

  /// The three numbers to the base of 36.
  var description: String {
    // Three numbers of 13 digits at most, and two strokes between them.
    String(unsafeUninitializedCapacity: 41) { room in
      var position = 41
      for (index, number) in [sequence, connection, UInt64(run)].enumerated() {
        if index > 0 {
          position -= 1
          room[position] = UInt8(ascii: "-")
        }
        var rest = number
        repeat {
          let digit = UInt8(rest % 36)
          position -= 1
          room[position] = digit < 10 ? 48 + digit : 87 + digit
          rest /= 36
        } while rest > 0
      }
      let length = 41 - position
      for index in 0..<length { room[index] = room[position + index] }
      return length
    }
  }
}

/// Answers a request.
package typealias Handler = @Sendable (Request) async throws -> Response
