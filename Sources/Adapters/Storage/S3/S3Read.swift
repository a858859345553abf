import Domain
import HTTPFetching
import HTTPWire

/// Reads a range of an object as it is asked for; a line that breaks is gone on with where it broke.
///
/// What is read is one object from its first byte to its last: one that another took the place of meanwhile is an
/// error, not the rest of what was begun.
actor S3Read {
  private let client: S3Client
  private let key: String
  private var offset: Int64
  private var end: Int64
  private var entityTag: String?
  private var response: FetchResponse?
  private var isOver = false
  private var vain = 0

  init(_ key: String, range: Range<Int64>, client: S3Client) {
    self.client = client
    self.key = key
    offset = max(0, range.lowerBound)
    end = range.upperBound
  }

  deinit { response?.close() }

  /// Asks for the first bytes.
  ///
  /// Throws `not_found`.
  func begin() async throws(DomainError) {
    do throws(S3Failure) {
      try await start()
    } catch {
      throw error.isMissing ? .notFound("The file") : error.error
    }
  }

  /// The same, with what the store said.
  func start() async throws(S3Failure) {
    if offset < end { return try await open() }
    guard try await S3Objects(client: client).facts(of: key) != nil else { throw .refused(Self.missing) }
    isOver = true
  }

  /// The next piece; nil at the end of the range or of the object.
  func next() async throws -> [UInt8]? {
    while !isOver {
      do {
        if response == nil { try await open() }
        guard let open = response else { break }
        if let piece = try await open.body.next() {
          vain = 0
          offset += Int64(piece.count)
          return piece
        }
        close()
        // A body that ends early ends its connection: the length was told.
        isOver = true
      } catch let error as S3Failure {
        close()
        throw error.status == 412
          ? Self.changed : error.isMissing ? DomainError.notFound("The file") : error.error
      } catch is CancellationError {
        close()
        throw CancellationError()
      } catch {
        close()
        // Each try gets at least its head: the client has tried often enough for that.
        vain += 1
        if vain > 5 {
          throw (error as? FetchError).map { S3Failure.unreached($0).error } ?? error
        }
        if offset >= end { isOver = true }
      }
    }
    return nil
  }

  private func close() {
    response?.close()
    response = nil
  }

  private func open() async throws(S3Failure) {
    let opened: FetchResponse
    do throws(S3Failure) {
      opened = try await client.open(request())
    } catch {
      // The range ends, or begins, behind the object; some stores take only what is within it.
      guard error.status == 416 || error.code == "InvalidArgument" else { throw error }
      guard let facts = try await S3Objects(client: client).facts(of: key) else {
        throw .refused(Self.missing)
      }
      guard facts.size < end else { throw error }
      end = facts.size
      isOver = offset >= end
      return isOver ? () : try await open()
    }
    let isRightPlace =
      opened.status == .partialContent
      ? opened.fields["Content-Range"]?.hasPrefix("bytes \(offset)-") == true : offset == 0
    let tag = opened.fields["ETag"]
    guard isRightPlace, tag != nil, entityTag == nil || tag == entityTag else {
      opened.close()
      throw .unreadable("other bytes came than were asked for")
    }
    entityTag = tag
    response = opened
  }

  private func request() -> S3Request {
    var request = S3Request(.get, key)
    request.fields.append(("range", "bytes=\(offset)-\(end == Int64.max ? "" : String(end - 1))"))
    if let entityTag { request.fields.append(("if-match", entityTag)) }
    return request
  }

  private static let missing = S3Refusal(status: 404, code: "NoSuchKey")
  private static let changed = DomainError(
    .conflict, "The file was changed while it was read.", hint: "Try again.", origin: .upstream)
}
