import Domain
import Synchronization

/// A file for a document on its way in that is too large to be held in memory: it is read from there, and where that
/// fails, it is tried again from there.
///
/// Made with its first byte. As long as this object lives, the file is not taken for one that nobody wants.
final class ArrivingFile: Sendable {
  let id: DocumentID
  private let key: PartKey
  private let files: any PartStoring
  private let arrivals: Arrivals

  init(id: DocumentID, key: PartKey, files: any PartStoring, arrivals: Arrivals) {
    self.id = id
    self.key = key
    self.files = files
    self.arrivals = arrivals
    arrivals.insert(key)
  }

  deinit { arrivals.remove(key) }

  /// Makes it, for writing.
  func open() async throws(DomainError) -> any PartWriting {
    try await files.make(key)
    return try await files.append(to: key)
  }

  /// It once it is written, with so many bytes.
  func reading(_ size: Int64) -> any RangeReading { PartReading(files: files, key: key, size: size) }

  func length() async throws(DomainError) -> Int64? { try await files.length(of: key) }

  func remove() async throws(DomainError) { try await files.remove(key) }
}

/// The files that documents on their way in are written to.
final class Arrivals: Sendable {
  private let keys = Mutex<Set<PartKey>>([])

  func insert(_ key: PartKey) { keys.withLock { _ = $0.insert(key) } }
  func remove(_ key: PartKey) { keys.withLock { _ = $0.remove(key) } }
  func contains(_ key: PartKey) -> Bool { keys.withLock { $0.contains(key) } }
}

/// What a document that failed is tried again from.
enum KeptDocument: Sendable {
  case nothing
  case held([UInt8])
  case file(ArrivingFile)
}

struct PartReading: RangeReading {
  let files: any PartStoring
  let key: PartKey
  let size: Int64

  func read(_ range: Range<Int64>) async throws(DomainError) -> AsyncThrowingStream<[UInt8], any Error> {
    try await files.read(key, range: range)
  }
}
