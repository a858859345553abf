import Domain
import Synchronization

/// Files that come in parts, without a disk, and what reads PDF documents beside them.
final class FilesInMemory: PartStoring {
  private let files = Mutex<[PartKey: [UInt8]]>([:])
  let pdf = ScriptedPDF()

  func make(_ part: PartKey) { files.withLock { $0[part] = [] } }

  func length(of part: PartKey) -> Int64? { files.withLock { $0[part].map { Int64($0.count) } } }

  func append(to part: PartKey) -> any PartWriting { Writer(store: self, part: part) }

  func read(_ part: PartKey, range: Range<Int64>) -> AsyncThrowingStream<[UInt8], any Error> {
    let bytes = files.withLock { $0[part] ?? [] }[Int(range.lowerBound)..<Int(range.upperBound)]
    return AsyncThrowingStream { continuation in
      // In two pieces: who reads must not count on one.
      continuation.yield(Array(bytes.prefix(3)))
      continuation.yield(Array(bytes.dropFirst(3)))
      continuation.finish()
    }
  }

  func remove(_ part: PartKey) { files.withLock { $0[part] = nil } }

  func parts() -> [PartKey] { files.withLock { Array($0.keys) } }

  private struct Writer: PartWriting {
    let store: FilesInMemory
    let part: PartKey

    func write(_ bytes: [UInt8]) { store.files.withLock { $0[part, default: []] += bytes } }
    func close() {}
  }
}

/// Takes the bytes of a PDF document for its text, unless it is told to fail.
final class ScriptedPDF: PDFReading {
  let failure = Mutex<DomainError?>(nil)

  func text(ofPDF pdf: any RangeReading) async throws(DomainError) -> [UInt8] {
    if let failure = failure.withLock({ $0 }) { throw failure }
    return try await pdf.bytes(0..<pdf.size)
  }
}
