import HTTPFetching
import HTTPWire

/// What the store says about an object.
struct S3Facts: Sendable, Equatable {
  let size: Int64
  /// With its quotes.
  let entityTag: String
  /// SHA-256 of the whole, as it was told when the object was sent.
  let contentHash: String?
  /// Which sending it came by.
  let sending: String?
}

/// An upload in parts that was begun and not ended.
struct S3Unfinished: Sendable, Equatable {
  let key: String
  let id: String
  /// As the store writes it, `2026-11-22T10:00:00.000Z`: earlier ones sort before later ones.
  let begun: String
}

/// The operations on objects, one request each.
struct S3Objects: Sendable {
  /// What is told with an object, for whoever reads it later.
  struct Label: Sendable {
    let contentHash: String
    let sending: String

    var fields: [(name: String, value: String)] {
      [("x-amz-meta-luthier-sending", sending), ("x-amz-meta-luthier-sha256", contentHash)]
    }
  }

  let client: S3Client

  /// Nil where there is no such object.
  func facts(of key: String) async throws(S3Failure) -> S3Facts? {
    let fields: HTTPFields
    do throws(S3Failure) {
      fields = try await client.send(S3Request(.head, key)).fields
    } catch {
      if error.isMissing { return nil }
      throw error
    }
    guard let size = fields["Content-Length"].flatMap({ Int64($0) }), let tag = fields["ETag"] else {
      throw .unreadable("an object's length or ETag is missing")
    }
    return S3Facts(
      size: size, entityTag: tag, contentHash: fields["x-amz-meta-luthier-sha256"],
      sending: fields["x-amz-meta-luthier-sending"])
  }

  func put(_ bytes: [UInt8], at key: String, _ label: Label?, ifAbsent: Bool) async throws(S3Failure) {
    var request = S3Request(.put, key)
    request.body = bytes
    request.fields = label?.fields ?? []
    if ifAbsent { request.fields.append(("if-none-match", "*")) }
    _ = try await client.send(request)
  }

  /// What is not there is not an error.
  func remove(_ key: String) async throws(S3Failure) {
    do throws(S3Failure) {
      _ = try await client.send(S3Request(.delete, key))
    } catch {
      if !error.isMissing { throw error }
    }
  }

  /// The identifier of a new upload in parts.
  func begin(_ key: String, _ label: Label?) async throws(S3Failure) -> String {
    var request = S3Request(.post, key, query: [("uploads", "")])
    request.fields = label?.fields ?? []
    let body = try await client.send(request).body
    guard let begun = try? S3Answer(body), let id = begun.text(of: "UploadId"), !id.isEmpty else {
      throw .unreadable("an upload in parts has no identifier")
    }
    return id
  }

  /// The part's ETag.
  func send(_ bytes: [UInt8], as part: Int, of upload: String, at key: String) async throws(S3Failure)
    -> String
  {
    var request = S3Request(.put, key, query: [("partNumber", String(part)), ("uploadId", upload)])
    request.body = bytes
    guard let tag = try await client.send(request).fields["ETag"], !tag.isEmpty else {
      throw .unreadable("a part has no ETag")
    }
    return tag
  }

  func complete(_ upload: String, at key: String, tags: [String], ifAbsent: Bool) async throws(S3Failure) {
    var request = S3Request(.post, key, query: [("uploadId", upload)])
    let parts = tags.enumerated().map { number, tag in
      "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(Self.escaped(tag))</ETag></Part>"
    }
    request.body = Array(
      "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(parts.joined())</CompleteMultipartUpload>"
        .utf8)
    if ifAbsent { request.fields.append(("if-none-match", "*")) }
    let body = try await client.send(request).body
    guard let answer = try? S3Answer(body), answer.name == "CompleteMultipartUploadResult" else {
      throw .unreadable("an upload in parts was not said to be complete")
    }
  }

  /// What is not there is not an error.
  func abort(_ upload: String, at key: String) async throws(S3Failure) {
    do throws(S3Failure) {
      _ = try await client.send(S3Request(.delete, key, query: [("uploadId", upload)]))
    } catch {
      guard error.isMissing || error.code == "NoSuchUpload" else { throw error }
    }
  }

  /// All uploads in parts whose keys begin so.
  func unfinished(_ prefix: String) async throws(S3Failure) -> [S3Unfinished] {
    var found: [S3Unfinished] = []
    var markers: [(name: String, value: String)] = []
    // A thousand each.
    for _ in 0..<100 {
      let answer = try await client.ask(
        S3Request(.get, nil, query: [("uploads", ""), ("prefix", prefix)] + markers),
        for: "ListMultipartUploadsResult")
      for upload in answer.all("Upload") {
        guard let key = upload.text(of: "Key"), let id = upload.text(of: "UploadId") else {
          throw .unreadable("an upload in parts has no key or no identifier")
        }
        if key.hasPrefix(prefix) {
          found.append(S3Unfinished(key: key, id: id, begun: upload.text(of: "Initiated") ?? ""))
        }
      }
      guard answer.text(of: "IsTruncated") == "true", let next = answer.text(of: "NextKeyMarker") else {
        break
      }
      markers = [("key-marker", next), ("upload-id-marker", answer.text(of: "NextUploadIdMarker") ?? "")]
    }
    return found
  }

  /// Ends whatever was begun for a key and not ended.
  func abortAll(at key: String) async throws(S3Failure) {
    for upload in try await unfinished(key) where upload.key == key { try await abort(upload.id, at: key) }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
