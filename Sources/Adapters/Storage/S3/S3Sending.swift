import Domain

/// What a store was found to do, which differs between stores.
package struct S3Abilities: Sendable, Equatable {
  /// It compares what came with the hash that was signed, and refuses what differs.
  package var verifies: Bool
  /// It refuses to put an object in the place of another where it is asked to (`If-None-Match`).
  package var keepsWhatIsThere: Bool

  package init(verifies: Bool, keepsWhatIsThere: Bool) {
    self.verifies = verifies
    self.keepsWhatIsThere = keepsWhatIsThere
  }
}

/// Sends a file of this machine to the store: whole, verified and under a name that was free, or not at all.
struct S3Sending: Sendable {
  /// Bytes of a part; larger where the file would have more than 10,000 of them, which is the most S3 takes.
  static let leastPart: Int64 = 8 << 20
  static let mostParts: Int64 = 10_000

  let objects: S3Objects
  let abilities: S3Abilities
  let partSize: Int64
  let digest: S3Digest

  static func partSize(of size: Int64, least: Int64 = leastPart) -> Int64 {
    let needed = (size + mostParts - 1) / mostParts
    return needed <= least ? least : ((needed + (1 << 20) - 1) >> 20) << 20
  }

  /// Returns when the store has it all and it is verified; after an error `cleanUp` takes away what came so far.
  ///
  /// Throws a refusal with 412 where an object has the name already.
  func send(
    _ key: String, size: Int64, _ label: S3Objects.Label, read: (Range<Int64>) async throws -> [UInt8]
  ) async throws {
    if try await objects.facts(of: key) != nil { throw Self.taken }
    if size <= partSize {
      let bytes = try await read(0..<size)
      do throws(S3Failure) {
        try await objects.put(bytes, at: key, label, ifAbsent: abilities.keepsWhatIsThere)
      } catch {
        guard try await isThere(key, label, after: error) else { throw error }
      }
    } else {
      try await sendParts(key, size: size, label, read)
    }
    try await verify(key, size: size, label)
  }

  /// Takes away what a sending left: its parts, and the object where it is its own.
  func cleanUp(_ key: String, sending: String) async throws(S3Failure) {
    try await objects.abortAll(at: key)
    if let facts = try await objects.facts(of: key), facts.sending == sending {
      try await objects.remove(key)
    }
  }

  private func sendParts(
    _ key: String, size: Int64, _ label: S3Objects.Label, _ read: (Range<Int64>) async throws -> [UInt8]
  ) async throws {
    let length = Self.partSize(of: size, least: partSize)
    let upload = try await objects.begin(key, label)
    var tags: [String] = []
    for start in stride(from: Int64(0), to: size, by: Int64.Stride(length)) {
      try Task.checkCancellation()
      let bytes = try await read(start..<min(size, start + length))
      tags.append(try await objects.send(bytes, as: tags.count + 1, of: upload, at: key))
    }
    do throws(S3Failure) {
      try await objects.complete(upload, at: key, tags: tags, ifAbsent: abilities.keepsWhatIsThere)
    } catch {
      // The answer may have been lost, and the upload be done: asked again it is not known any more.
      guard try await isThere(key, label, after: error) else { throw error }
    }
    // One whose answer was lost was begun all the same, and begun again; here or by the client that carries requests.
    try await objects.abortAll(at: key)
  }

  /// Whether the object is the one that was just sent, though the store said otherwise.
  private func isThere(_ key: String, _ label: S3Objects.Label, after error: S3Failure)
    async throws(S3Failure)
    -> Bool
  {
    guard error.status == 412 || error.status == 409 || error.code == "NoSuchUpload" else { return false }
    return try await objects.facts(of: key)?.sending == label.sending
  }

  /// Each part was compared by the store as it came; where it does not do that, all of it is read back.
  private func verify(_ key: String, size: Int64, _ label: S3Objects.Label) async throws {
    guard let facts = try await objects.facts(of: key) else { throw S3Failure.damaged("it is not there") }
    guard facts.size == size, facts.contentHash == label.contentHash else {
      throw S3Failure.damaged(
        "there are \(facts.size) bytes of \(size), with the hash \(facts.contentHash ?? "none")")
    }
    if abilities.verifies { return }
    let reader = S3Read(key, range: 0..<size, client: objects.client)
    try await reader.begin()
    guard try await digest.hash({ try await reader.next() }) == label.contentHash else {
      throw S3Failure.damaged("what was read back has another hash")
    }
  }

  static let taken = S3Failure.refused(S3Refusal(status: 412, code: "PreconditionFailed"))
}

/// Hashes on the thread of its executor: it costs time that an event loop does not have.
actor S3Digest {
  private nonisolated let executor: any SerialExecutor
  private let make: @Sendable () -> any ContentDigest

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(executor: any SerialExecutor, make: @escaping @Sendable () -> any ContentDigest) {
    self.executor = executor
    self.make = make
  }

  func hash(_ next: @Sendable () async throws -> [UInt8]?) async throws -> String {
    let digest = make()
    while let piece = try await next() { digest.update(piece) }
    return digest.finish()
  }
}
