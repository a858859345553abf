/// A file that is read by parts: it may be larger than the memory that there is for it.
package protocol RangeReading: Sendable {
  /// Bytes there are.
  var size: Int64 { get }
  /// The bytes `range`, which lie within the file, in pieces; the reader's pace bounds the memory.
  func read(_ range: Range<Int64>) async throws(DomainError) -> AsyncThrowingStream<[UInt8], any Error>
}

extension RangeReading {
  /// Gives `take` the whole file piece by piece.
  ///
  /// Throws what `take` throws, and `internal` where the file cannot be read.
  package func pieces(_ take: ([UInt8]) async throws(DomainError) -> Void) async throws(DomainError) {
    try await pieces(of: 0..<size, take)
  }

  /// The bytes `range` at once: as many as the caller has room for.
  package func bytes(_ range: Range<Int64>) async throws(DomainError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    try await pieces(of: range) { piece throws(DomainError) in bytes += piece }
    return bytes
  }

  private func pieces(
    of range: Range<Int64>, _ take: ([UInt8]) async throws(DomainError) -> Void
  ) async throws(DomainError) {
    guard !range.isEmpty else { return }
    do {
      for try await piece in try await read(range) { try await take(piece) }
    } catch let error as DomainError {
      throw error
    } catch {
      throw DomainError(.internalFault, "The file could not be read.", detail: "\(error)")
    }
  }
}

/// A file that is small enough to be held in memory.
package struct HeldBytes: RangeReading {
  private let held: [UInt8]

  package init(_ bytes: [UInt8]) { held = bytes }

  package var size: Int64 { Int64(held.count) }

  package func read(_ range: Range<Int64>) -> AsyncThrowingStream<[UInt8], any Error> {
    let part = Array(held[Int(range.lowerBound)..<Int(range.upperBound)])
    return AsyncThrowingStream { continuation in
      continuation.yield(part)
      continuation.finish()
    }
  }
}
