/// `POST /api/datasets/uploads`: a file that will come in parts.
package struct BeginUploadRequest: Codable, Sendable {
  /// One plain name that ends in .json, .jsonl or .txt.
  package let filename: String
  /// Bytes of the whole file, 1 or more.
  package let size: Int64

  package init(filename: String, size: Int64) {
    self.filename = filename
    self.size = size
  }
}

/// How far an upload in parts is.
package struct UploadReply: Codable, Sendable {
  package let uploadID: String
  package let filename: String
  /// Bytes of the whole file.
  package let size: Int64
  /// Bytes that are there: the next part begins here.
  package let offset: Int64
  /// A part of it is being sent.
  package let active: Bool
  package let createdAt: String
  /// When it is forgotten, unless somebody goes on with it.
  package let expiresAt: String
  /// SHA-256 of the bytes that are there, where it was asked for.
  package let contentHash: String?

  package init(
    uploadID: String, filename: String, size: Int64, offset: Int64, active: Bool, createdAt: String,
    expiresAt: String, contentHash: String?
  ) {
    self.uploadID = uploadID
    self.filename = filename
    self.size = size
    self.offset = offset
    self.active = active
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.contentHash = contentHash
  }

  private enum CodingKeys: String, CodingKey {
    case uploadID = "upload_id", filename, size, offset, active, createdAt = "created_at"
    case expiresAt = "expires_at", contentHash = "content_hash"
  }
}

package struct UploadListReply: Codable, Sendable {
  package let uploads: [UploadReply]
  package init(uploads: [UploadReply]) { self.uploads = uploads }
}
