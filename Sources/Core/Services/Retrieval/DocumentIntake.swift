import Concurrency
package import Domain

/// A document on its way into an index: its bytes are collected, and cut into passages when they are all there.
///
/// Runs on a thread of its own, since cutting costs time that an event loop does not have.
package actor DocumentIntake {
  /// Bytes of a document: it is held in memory while it is cut.
  package static let largest = 16 << 20

  package nonisolated let name: String
  package nonisolated let index: RetrievalIndex
  private let executor: QueueExecutor
  private let digest: any ContentDigest
  private var bytes: [UInt8] = []

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(name: String, index: RetrievalIndex, executor: QueueExecutor, digest: sending any ContentDigest) {
    self.name = name
    self.index = index
    self.executor = executor
    self.digest = digest
  }

  /// Takes the next bytes; throws `too_large` with the first byte too many.
  package func write(_ more: [UInt8]) throws(DomainError) {
    guard bytes.count + more.count <= Self.largest else {
      throw DomainError(
        .tooLarge, "A document of an index has at most \(Self.largest >> 20) MiB.",
        hint: "Split it into files of its chapters.")
    }
    digest.update(more)
    bytes += more
  }

  struct Reading: Sendable {
    let contentHash: String
    let kind: TextKind
    let size: Int64
    let passages: [Passage]
  }

  /// What the document holds; it is spent after that.
  ///
  /// Throws `unsupported_media_type` for what is no text.
  func finish() throws(DomainError) -> Reading {
    let kind = TextKind(filename: name)
    let size = Int64(bytes.count)
    let hash = digest.finish()
    var text = bytes
    bytes = []
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
      throw DomainError(
        .unsupportedMedia, "\(name) is not text (UTF-8).",
        hint:
          "Indexes take text, Markdown, HTML and source code. Convert other documents to one of these first.")
    }
    if kind == .html { text = HTMLText.markdown(of: text) }
    let passages = TextChunker().passages(of: text, kind: kind == .html ? .markdown : kind)
      .filter { $0.text.contains { !$0.isWhitespace } }
    guard !passages.isEmpty else {
      throw .invalid("\(name) has no words.", hint: "Leave empty documents out.")
    }
    return Reading(contentHash: hash, kind: kind, size: size, passages: passages)
  }
}
