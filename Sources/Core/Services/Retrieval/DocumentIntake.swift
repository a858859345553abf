import Concurrency
package import Domain

/// A document on its way into an index: its bytes are collected, and cut into passages when they are all there.
///
/// Runs on a thread of its own, since cutting costs time that an event loop does not have.
package actor DocumentIntake {
  /// Bytes that are held in memory; those of a longer document lie in a file.
  static let mostHeld = 1 << 20

  package nonisolated let name: String
  package nonisolated let index: RetrievalIndex
  package nonisolated var kind: TextKind { TextKind(filename: name) }
  private let executor: QueueExecutor
  private let digest: any ContentDigest
  private let pdf: any PDFReading
  private let inflating: any Inflating
  /// Nil when nothing comes any more.
  private var file: ArrivingFile?
  private var held: [UInt8] = []
  private var writer: (any PartWriting)?
  /// The bytes as they were sent, as long as they may be asked for once more.
  private(set) var kept = KeptDocument.nothing
  /// Bytes that came.
  private(set) var size: Int64 = 0
  private var passages: TextPassages?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameter file: for the bytes when they are many.
  init(
    name: String, index: RetrievalIndex, executor: QueueExecutor, digest: sending any ContentDigest,
    pdf: any PDFReading, inflating: any Inflating, file: ArrivingFile
  ) {
    self.name = name
    self.index = index
    self.executor = executor
    self.digest = digest
    self.pdf = pdf
    self.inflating = inflating
    self.file = file
  }

  /// Takes the next bytes, when those before are taken.
  ///
  /// Throws `too_large` with the first byte too many, and `storage_full` where there is no room for them.
  package func write(_ more: [UInt8]) async throws(DomainError) {
    size += Int64(more.count)
    guard size <= Int64(kind.mostBytes) else {
      held = []
      throw Self.tooLarge(kind)
    }
    digest.update(more)
    if let writer { return try await writer.write(more) }
    held += more
    guard held.count > Self.mostHeld else { return }
    guard let file else { throw DomainError(.conflict, "The document has arrived already.") }
    let writer = try await file.open()
    self.writer = writer
    try await writer.write(held)
    held = []
  }

  package static func tooLarge(_ kind: TextKind) -> DomainError {
    DomainError(
      .tooLarge, "A document of this kind has at most \(kind.mostBytes >> 20) MiB in an index.",
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
  func seal() async -> (contentHash: String, size: Int64) {
    await writer?.close()
    if writer != nil, let file { kept = .file(file) } else { kept = .held(held) }
    return (digest.finish(), size)
  }

  /// The document is where it was to go.
  func forgetSource() async {
    // What stays of it is cleared with what nobody wants.
    if case .file(let file) = kept { try? await file.remove() }
    letGo()
  }

  /// Its file belongs to whoever keeps it, or to nobody.
  func letGo() {
    kept = .nothing
    file = nil
  }

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
    let source: any RangeReading
    if writer != nil, let file { source = file.reading(size) } else { source = HeldBytes(held) }
    held = []
    let text: [UInt8]
    switch kind {
    case .pdf:
      guard try await source.begins(with: Array("%PDF-".utf8)) else {
        kept = .nothing
        throw refused("\(name) is not a PDF document.")
      }
      text = try await pdf.text(ofPDF: source)
    case .word:
      guard try await source.begins(with: [0x50, 0x4B]) else {
        throw refused("\(name) is not a Word document (.docx).")
      }
      text = try await WordText.markdown(of: source, by: inflating, limit: TextKind.mostText)
    default:
      let mark = try await source.begins(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      text = try await source.bytes(Int64(mark)..<source.size)
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

extension RangeReading {
  fileprivate func begins(with mark: [UInt8]) async throws(DomainError) -> Bool {
    try await bytes(0..<min(size, Int64(mark.count))) == mark
  }
}
