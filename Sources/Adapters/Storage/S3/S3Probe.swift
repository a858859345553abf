package import Domain
import HTTPWire

/// Proves that a store lets us do what is needed, and finds out what it does that others do not.
///
/// One small object is written beside those of users, looked at in every way, and removed.
package struct S3Probe: Sendable {
  /// Why the store cannot be used: for its operator, with what cures it.
  package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package let cure: String

    package var description: String { "\(message) \(cure)" }
  }

  private let objects: S3Objects
  private let clock: WallClock

  package init(client: S3Client, clock: WallClock) {
    objects = S3Objects(client: client)
    self.clock = clock
  }

  /// Throws a `Fault`.
  ///
  /// - Parameter tell: hears each thing that was proved.
  package func run(_ tell: (String) -> Void = { _ in }) async throws -> S3Abilities {
    let key = objects.client.location.key(".luthier-probe-\(randomUUID())")
    do {
      let abilities = try await run(at: key, tell)
      try await step("remove objects", "s3:DeleteObject") { try await objects.remove(key) }
      try await step("see that an object is not there", "s3:ListBucket on the bucket") {
        guard try await objects.facts(of: key) == nil else {
          throw S3Failure.damaged("a removed object is there")
        }
      }
      tell("objects are removed")
      return abilities
    } catch {
      try? await objects.remove(key)
      throw error
    }
  }

  private func run(at key: String, _ tell: (String) -> Void) async throws -> S3Abilities {
    let bytes = Array("Luthier looks whether it may write here.".utf8)
    try await step("write objects", "s3:PutObject") {
      try await objects.put(bytes, at: key, nil, ifAbsent: false)
    }
    tell("objects are written")
    try await step("read objects", "s3:GetObject") {
      guard try await read(key, 0..<Int64(bytes.count)) == bytes else {
        throw S3Failure.damaged("other bytes came back than were written")
      }
      guard try await read(key, 8..<13) == Array(bytes[8..<13]) else {
        throw S3Failure.damaged("a part of an object could not be read by itself")
      }
    }
    tell("objects are read, and parts of them")
    try await step("upload in parts", "s3:PutObject, s3:AbortMultipartUpload, s3:ListBucketMultipartUploads")
    {
      let upload = try await objects.begin(key, nil)
      let isListed: Bool
      do throws(S3Failure) {
        isListed = try await objects.unfinished(key).contains { $0.id == upload }
      } catch {
        try await objects.abort(upload, at: key)
        throw error
      }
      try await objects.abort(upload, at: key)
      try await objects.abortAll(at: key)
      guard isListed else {
        throw S3Failure.damaged("an upload in parts is not in the list of unfinished ones")
      }
    }
    tell("uploads in parts are begun, listed and ended")
    let abilities = S3Abilities(
      verifies: try await refuses("compare what is written with its hash") { () throws(S3Failure) in
        var request = S3Request(.put, key)
        request.body = bytes
        // Of other bytes.
        request.bodyHash = S3Signer.emptyHash
        try await objects.client.sendOnce(request)
      },
      keepsWhatIsThere: try await refuses("write where nothing is") { () throws(S3Failure) in
        try await objects.put(bytes, at: key, nil, ifAbsent: true)
      })
    tell(
      abilities.verifies
        ? "what is written is compared with its hash"
        : "what is written is not compared with its hash by the store: it is read back instead")
    if !abilities.keepsWhatIsThere {
      tell("it does not know If-None-Match: names are looked up before they are given")
    }
    return abilities
  }

  private func read(_ key: String, _ range: Range<Int64>) async throws -> [UInt8] {
    let reader = S3Read(key, range: range, client: objects.client)
    var bytes: [UInt8] = []
    try await reader.start()
    do {
      while let piece = try await reader.next() { bytes += piece }
    } catch let error as DomainError {
      throw S3Failure.damaged(error.debugDescription)
    }
    return bytes
  }

  /// Whether the store says no to what it should say no to.
  private func refuses(_ what: String, _ body: () async throws(S3Failure) -> Void) async throws -> Bool {
    do throws(S3Failure) {
      try await body()
      return false
    } catch {
      switch error {
      case .refused(let refusal) where refusal.status == 412: return true
      case .refused(let refusal)
      where ["XAmzContentSHA256Mismatch", "BadDigest", "InvalidDigest"].contains(refusal.code):
        return true
      // It does not know what it was asked for, and said so.
      case .refused(let refusal) where (400..<500).contains(refusal.status) || refusal.status == 501:
        return false
      default: throw S3Advice(objects.client.location, now: clock.now()).fault(error, doing: what, needs: "")
      }
    }
  }

  private func step(_ what: String, _ needs: String, _ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let error as S3Failure {
      throw S3Advice(objects.client.location, now: clock.now()).fault(error, doing: what, needs: needs)
    }
  }
}
