import Concurrency
package import HTTPWire

/// The head of an answer, with its body on the way.
package struct FetchResponse: Sendable {
  package let status: HTTPStatus
  package let fields: HTTPFields
  package let body: FetchBody

  /// The whole body.
  ///
  /// Throws `FetchError` `.tooLarge` past `upTo` bytes.
  package func collect(upTo maximum: Int) async throws -> [UInt8] {
    var whole: [UInt8] = []
    while let chunk = try await body.next() {
      whole.append(contentsOf: chunk)
      if whole.count > maximum {
        close()
        throw FetchError(.tooLarge, detail: "more than \(maximum) bytes")
      }
    }
    return whole
  }

  /// Gives up what has not been read and frees the connection.
  ///
  /// Harmless at the end and twice.
  package func close() { body.close() }
}

/// The body of an answer, read as it arrives: an unread one stops the other side from sending.
///
/// One consumer. Throws `FetchError`; a cancelled reader gets `CancellationError` and aborts the transfer.
/// Dropping the last reference aborts it too.
package final class FetchBody: AsyncSequence, Sendable {
  package typealias Element = [UInt8]

  let transfer: Transfer

  init(transfer: Transfer) { self.transfer = transfer }

  deinit { close() }

  /// The next chunk, nil at the end.
  package func next() async throws -> [UInt8]? { try await transfer.body.next() }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let body: FetchBody

    package func next() async throws -> [UInt8]? { try await body.next() }
  }

  /// Gives up what has not been read; harmless at the end and twice.
  package func close() { transfer.abort() }
}

/// A whole answer.
package struct FetchResult: Sendable {
  package let status: HTTPStatus
  package let fields: HTTPFields
  package let bytes: [UInt8]
}
