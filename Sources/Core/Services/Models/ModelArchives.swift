import Domain

/// What is kept of models in the server's store.
struct ModelArchives: Sendable {
  let store: any ModelArchiveStoring
  let blobs: any BlobStoring

  /// The model's whole archive; nil where it has none.
  func ready(_ model: ModelRecord) async throws(DomainError) -> ArchivedModel? {
    try await store.archives(of: model.id, owner: model.userID).first { $0.state == .ready }
  }

  /// As `HostTransfers.archive` gives it; the tag is another one than the host's.
  func tar(_ archive: ArchivedModel, named name: String) -> ModelArchive {
    let tag = String(archive.id.rawValue.filter { $0 != "-" })
    return ModelArchive(name: name, size: TarLayout(folder: name, files: archive.files).size, tag: tag)
  }

  /// Bytes of a file that is stored, at the reader's pace.
  func contents(of index: Int, _ archive: ArchivedModel, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    try await blobs.read(archive.key(of: index), range: range)
  }

  /// Bytes of the archive as a tar, likewise.
  func contents(ofTar name: String, _ archive: ArchivedModel, range: Range<Int64>)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let reader = TarReader(
      parts: TarLayout(folder: name, files: archive.files).parts(of: range), archive: archive, blobs: blobs)
    return AsyncThrowingStream { try await reader.next() }
  }
}

/// Reads the parts of a tar one after the other; one reader asks it.
private actor TarReader {
  /// Bytes of a file that are asked for at once, and held.
  private static let window: Int64 = 4 << 20

  private var parts: ArraySlice<TarLayout.Part>
  private let archive: ArchivedModel
  private let blobs: any BlobStoring

  init(parts: [TarLayout.Part], archive: ArchivedModel, blobs: any BlobStoring) {
    self.parts = parts[...]
    self.archive = archive
    self.blobs = blobs
  }

  func next() async throws -> [UInt8]? {
    switch parts.popFirst() {
    case nil: return nil
    case .bytes(let bytes): return bytes
    case .file(let index, let range):
      let end = min(range.upperBound, range.lowerBound + Self.window)
      if end < range.upperBound { parts = [.file(index, end..<range.upperBound)] + parts }
      let wanted = range.lowerBound..<end
      var bytes: [UInt8] = []
      bytes.reserveCapacity(wanted.count)
      for try await piece in try await blobs.read(archive.key(of: index), range: wanted) { bytes += piece }
      try Task.checkCancellation()
      guard bytes.count == wanted.count else {
        throw DomainError(.internalFault, "A file of the archive is shorter than it was.")
      }
      return bytes
    }
  }
}
