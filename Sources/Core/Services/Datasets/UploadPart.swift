import Concurrency
package import Domain

/// One part of a file on its way in.
package actor UploadPart {
  package nonisolated let upload: PartialUpload
  private var offset: Int64
  private var writer: (any PartWriting)?
  private var isCutOff = false

  init(_ upload: PartialUpload, at offset: Int64) {
    self.upload = upload
    self.offset = offset
  }

  func take(_ writer: any PartWriting) async {
    if isCutOff { return await writer.close() }
    self.writer = writer
  }

  /// Takes the next bytes; returns when they are written.
  ///
  /// Throws `conflict` where another connection goes on with the file, and `invalid_input` past its size.
  package func write(_ bytes: [UInt8]) async throws(DomainError) {
    guard let writer, !isCutOff else {
      throw .conflict("Another connection goes on with this upload.", hint: "Ask where it stands.")
    }
    guard offset + Int64(bytes.count) <= upload.size else {
      throw .invalid(
        "There are more bytes than the \(upload.size) that were announced.",
        hint: "Begin a new upload if the file has changed.")
    }
    try await writer.write(bytes)
    offset += Int64(bytes.count)
  }

  /// Returns when nothing more of it is written.
  func cutOff() async {
    isCutOff = true
    await writer?.close()
    writer = nil
  }
}

/// Hashes on a thread of its own: it costs time that an event loop does not have.
actor PartDigest {
  private nonisolated let executor: QueueExecutor
  private let digest: any ContentDigest

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ make: @Sendable () -> any ContentDigest, executor: QueueExecutor) {
    digest = make()
    self.executor = executor
  }

  func update(_ bytes: [UInt8]) { digest.update(bytes) }

  func finish() -> String { digest.finish() }
}
