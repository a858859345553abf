import EventLoop
package import HTTPWire

/// Writes a streamed body.
///
/// May be used by several tasks of one handler: each write goes out whole, in order of arrival.
package struct ResponseWriter: Sendable {
  let connection: Connection
  let number: RequestNumber

  /// Sends bytes now; returns when the connection can take more.
  ///
  /// Throws `ResponseAborted` when the client is gone.
  package func write(_ bytes: [UInt8]) async throws {
    let connection = connection
    let sequence = number.sequence
    if connection.loop.isCurrent, try connection.write(bytes, sequence) { return }
    let isWritten = connection.loop.isCurrent
    try await withCheckedThrowingContinuation { continuation in
      connection.loop.execute {
        do {
          if try isWritten || !connection.write(bytes, sequence) {
            connection.waitForRoom(sequence, continuation)
          } else {
            continuation.resume()
          }
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  /// Goes on without a task: `begin` runs on the connection's loop, and what it is given feeds the rest of the body.
  ///
  /// Write nothing more here, and return soon: that does not end the answer, the feed does. Throws `ResponseAborted`
  /// when the client is gone; `begin` has not run then.
  package func continueAsFeed(_ begin: @escaping @Sendable (ResponseFeed) -> Void) async throws {
    let connection = connection
    let sequence = number.sequence
    let isHandedOver = await withCheckedContinuation { continuation in
      connection.loop.execute {
        continuation.resume(returning: connection.handOver(sequence, begin))
      }
    }
    if !isHandedOver { throw ResponseAborted() }
  }

  /// Sends a server-sent event.
  package func send(_ event: ServerSentEvent) async throws { try await write(event.encoded()) }
}
