import Concurrency
package import Domain

/// One file on its way in: every piece goes to the disk and through the row checker, and none is kept.
///
/// Runs on a thread of its own, since reading rows costs time that an event loop does not have.
package actor DatasetUpload {
  package nonisolated let filename: SafeFilename
  package nonisolated let user: UserID
  private let writer: any BlobWriting
  private let executor: QueueExecutor
  private var inspector: DatasetInspector
  /// Bytes that the user may still store; nil is no limit.
  private let room: Int64?
  /// Bytes written.
  private(set) var size: Int64 = 0

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(
    filename: SafeFilename, user: UserID, room: Int64?, writer: any BlobWriting, executor: QueueExecutor
  ) {
    self.room = room
    self.filename = filename
    self.user = user
    self.writer = writer
    self.executor = executor
    inspector = DatasetInspector(filename: filename.value)
  }

  /// Takes the next bytes; returns when they are written.
  ///
  /// Throws `quota_exceeded` with the first byte for which the user has no room.
  package func write(_ bytes: [UInt8]) async throws(DomainError) {
    size += Int64(bytes.count)
    if let room, size > room { throw UserQuota.storageExceeded(room: room) }
    inspector.push(bytes)
    try await writer.write(bytes)
  }

  /// Forgets the file; nothing stays on the disk.
  package func abandon() async { await writer.abandon() }

  func report() -> DatasetReport { inspector.finish() }

  func commit(as key: BlobKey) async throws(DomainError) -> BlobReceipt { try await writer.commit(as: key) }
}
