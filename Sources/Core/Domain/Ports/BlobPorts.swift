/// Names a stored file: a user's, in a folder, under a checked name.
package struct BlobKey: Hashable, Sendable {
  /// The folder of the user's that it lies in.
  package enum Folder: String, Sendable { case datasets, archives }

  package let userID: UserID
  package let folder: Folder
  /// One path component, see `SafeFilename`.
  package let filename: String

  package init(userID: UserID, folder: Folder = .datasets, filename: String) {
    self.userID = userID
    self.folder = folder
    self.filename = filename
  }
}

/// What became of a written blob.
package struct BlobReceipt: Sendable, Equatable {
  package let size: Int64
  /// SHA-256, lower-case hexadecimal.
  package let contentHash: String

  package init(size: Int64, contentHash: String) {
    self.size = size
    self.contentHash = contentHash
  }
}

/// A file being written; not visible under its name before `commit`.
package protocol BlobWriting: Sendable {
  /// Throws `storage_full` when the disk is full; nothing of the file stays then.
  func write(_ bytes: [UInt8]) async throws(DomainError)
  /// Flushes to the disk and makes the file visible, or sends it to where it is kept. A name in use throws `conflict`.
  func commit(as key: BlobKey) async throws(DomainError) -> BlobReceipt
  /// Forgets the file; harmless after `commit`.
  func abandon() async
}

/// Stores uploaded files.
package protocol BlobStoring: Sendable {
  func create(for user: UserID) async throws(DomainError) -> any BlobWriting
  /// Where the file itself lies on this machine, set before it is written; nil where files are kept elsewhere.
  func localPath(of key: BlobKey) -> String?
  /// Lends the path of a file of this machine with the same bytes: the file itself, or a copy of it that is fetched,
  /// verified by its hash, and removed behind `body`.
  func lend(
    _ key: BlobKey, contentHash: String, progress: @Sendable (TransferProgress) -> Void,
    _ body: (String) async throws(DomainError) -> Void
  ) async throws(DomainError)
  /// How many bytes the file has; throws `not_found`.
  func size(of key: BlobKey) async throws(DomainError) -> Int64
  /// Bytes `range` of the file in pieces; the reader's pace bounds the memory.
  func read(_ key: BlobKey, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  func remove(_ key: BlobKey) async throws(DomainError)
}

/// Names a file that comes in parts.
package struct PartKey: Hashable, Sendable {
  package let userID: UserID
  package let id: UploadID

  package init(userID: UserID, id: UploadID) {
    self.userID = userID
    self.id = id
  }
}

/// The end of a file that comes in parts, being written.
package protocol PartWriting: Sendable {
  /// Throws `storage_full` when the disk is full; what was written before stays.
  func write(_ bytes: [UInt8]) async throws(DomainError)
  /// Flushes to the disk and lets go; harmless when repeated.
  func close() async
}

/// Keeps files that come in parts until they are whole.
package protocol PartStoring: Sendable {
  /// Makes it, empty.
  func make(_ part: PartKey) async throws(DomainError)
  /// Bytes that are there; nil where there is no such file.
  func length(of part: PartKey) async throws(DomainError) -> Int64?
  /// To go on behind what is there.
  func append(to part: PartKey) async throws(DomainError) -> any PartWriting
  /// Bytes `range` in pieces; the reader's pace bounds the memory.
  func read(_ part: PartKey, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  /// What is not there is not an error.
  func remove(_ part: PartKey) async throws(DomainError)
  /// Everything that is there.
  func parts() async -> [PartKey]
}

/// Computes SHA-256 piece by piece.
///
/// Not Sendable: one owner feeds it.
package protocol ContentDigest: AnyObject {
  func update(_ bytes: [UInt8])
  /// Lower-case hexadecimal; the digest is spent after it.
  func finish() -> String
}
