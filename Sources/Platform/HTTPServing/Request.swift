package import Concurrency
package import EventLoop
package import HTTPWire

/// One request, given to a handler when its head has arrived; the body may still be on its way.
///
/// The handler's task is cancelled when the client leaves.
package struct Request: Sendable {
  package let method: HTTPMethod
  package let target: RequestTarget
  package let fields: HTTPFields
  package let body: RequestBody
  /// The client's numeric address, without its port.
  package let remoteAddress: String
  /// The loop the connection lives on, and the handler's task with it.
  package let loop: EventLoop
  /// Threads for what blocks; never block on the loop.
  package let blocking: BlockingPool
  /// The pattern of the matching route, once a router has looked; nil when none matches.
  package internal(set) var route: String?

  let number: RequestNumber
  let drain: Gate
  var routing: Routing?

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
