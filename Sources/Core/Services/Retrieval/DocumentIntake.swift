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
  package nonisolated var kind: TextKind { TextKind(filename: name) }
  private let executor: QueueExecutor
  private let digest: any ContentDigest
  private let pdf: any PDFReading
  private let inflating: any Inflating
  private var bytes: [UInt8] = []
  /// The bytes as they were sent, as long as they may be asked for once more; nil when the document is too large.
  private(set) var source: [UInt8]?
  /// Bytes that came.
  private(set) var size: Int64 = 0
  private var passages: TextPassages?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(
    name: String, index: RetrievalIndex, executor: QueueExecutor, digest: sending any ContentDigest,
    pdf: any PDFReading, inflating: any Inflating, expecting expected: Int
  ) {
    self.name = name
    self.index = index
    self.executor = executor
    self.digest = digest
    self.pdf = pdf
    self.inflating = inflating
    // Grown by doubling, the bytes would be there twice at times.
    bytes.reserveCapacity(min(max(0, expected), Self.largest))
  }

  /// Takes the next bytes; throws `too_large` with the first byte too many.
  package func write(_ more: [UInt8]) throws(DomainError) {
    size += Int64(more.count)
    guard bytes.count + more.count <= Self.largest else {
      bytes = []
      throw Self.tooLarge
    }
    digest.update(more)
    bytes += more
  }

  package static var tooLarge: DomainError {
    DomainError(
      .tooLarge, "A document of an index has at most \(largest >> 20) MiB.",
      hint: "Split it into files of its chapters.")
  }

  struct Reading: Sendable {
    let contentHash: String
    let kind: TextKind
    let size: Int64
    /// How many passages `next` gives.
    let passages: Int
  }

  /// What the bytes are, before they are read.
  func seal() -> (contentHash: String, size: Int64) {
    source = bytes
    return (digest.finish(), Int64(bytes.count))
  }

  /// The document is where it was to go.
  func forgetSource() { source = nil }

  /// Reads the document, whose bytes are spent after that; its passages come from `next`.
  ///
  /// Throws `unsupported_media_type` for what is no text.
  func read(_ sealed: (contentHash: String, size: Int64)) async throws(DomainError) -> Reading {
    let text = try await text(of: kind)
    let all = TextChunker().passages(of: text, kind: kind.writtenAs)
    let count = all.countOfWritten()
    guard count > 0 else {
      throw .invalid(
        "\(name) has no words.",
        hint: kind == .pdf
          ? "Its pages may be pictures: run text recognition over it." : "Leave empty documents out.")
    }
    passages = all
    return Reading(contentHash: sealed.contentHash, kind: kind, size: sealed.size, passages: count)
  }

  /// At most so many of the next passages; none after the last.
  func next(_ count: Int) -> [Passage] {
    var part: [Passage] = []
    while part.count < count, let passage = passages?.nextWritten() { part.append(passage) }
    if part.count < count { passages = nil }
    return part
  }

  /// UTF-8 as the chunker takes it.
  private func text(of kind: TextKind) async throws(DomainError) -> [UInt8] {
    var text = bytes
    bytes = []
    switch kind {
    case .pdf:
      guard text.starts(with: "%PDF-".utf8) else {
        source = nil
        throw refused("\(name) is not a PDF document.")
      }
      text = try await pdf.text(ofPDF: text)
    case .word:
      guard text.starts(with: [0x50, 0x4B]) else { throw refused("\(name) is not a Word document (.docx).") }
      text = try WordText.markdown(of: text, by: inflating, limit: Self.largest)
    default: if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    }
    guard UTF8Text.isValid(text) else { throw refused("\(name) is not text (UTF-8).") }
    return kind == .html ? HTMLText.markdown(of: text) : text
  }

  private func refused(_ message: String) -> DomainError {
    DomainError(
      .unsupportedMedia, message,
      hint:
        "Indexes take text, Markdown, HTML, source code, PDF and Word (.docx). Convert other documents to one of these first."
    )
  }
}
