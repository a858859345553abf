import Concurrency
import HTTPWire
import Synchronization

/// A request's body, read as it arrives: what is not asked for is not read from the network.
///
/// One consumer. Throws `HTTPError`: `.bodyTooLarge` (413) as soon as it is known, `.bodyIncomplete` when the
/// client leaves, `.timedOut` when it stalls.
package final class RequestBody: AsyncSequence, Sendable {
  package typealias Element = [UInt8]

  /// What Content-Length announced; nil for a chunked body, zero for none.
  package let expectedBytes: Int64?
  private let stream: ByteStream?
  private let limitBytes: Atomic<Int64>
  private let receivedBytes = Atomic<Int64>(0)

  init(stream: ByteStream?, framing: BodyFraming, limit: Int64) {
    self.stream = stream
    expectedBytes =
      switch framing {
      case .none: 0
      case .length(let length): length
      case .chunked: nil
      }
    limitBytes = Atomic(limit)
  }

  /// How many bytes are accepted.
  ///
  /// The router sets a route's own limit before the handler runs.
  package var limit: Int64 {
    get { limitBytes.load(ordering: .relaxed) }
    set { limitBytes.store(newValue, ordering: .relaxed) }
  }

  /// The next chunk, nil at the end.
  package func next() async throws -> [UInt8]? {
    let limit = limit
    // Before the first read, so that a client that asked first (100-continue) is refused without sending
    // anything.
    if let expectedBytes, expectedBytes > limit { throw Self.tooLarge(limit) }
    guard let chunk = try await stream?.next() else { return nil }
    let total = receivedBytes.wrappingAdd(Int64(chunk.count), ordering: .relaxed).newValue
    if total > limit { throw Self.tooLarge(limit) }
    return chunk
  }

  /// The whole body.
  ///
  /// Throws `.bodyTooLarge` past `upTo` bytes, or past `limit` where that is less.
  package func collect(upTo maximum: Int? = nil) async throws -> [UInt8] {
    if let maximum, Int64(maximum) < limit { limit = Int64(maximum) }
    guard var whole = try await next() else { return [] }
    while let chunk = try await next() { whole.append(contentsOf: chunk) }
    return whole
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let body: RequestBody

    package func next() async throws -> [UInt8]? { try await body.next() }
  }

  private static func tooLarge(_ limit: Int64) -> HTTPError {
    HTTPError(.contentTooLarge, .bodyTooLarge, "the request body is larger than \(limit) bytes")
  }
}
