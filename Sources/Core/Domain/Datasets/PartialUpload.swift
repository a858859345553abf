/// A file on its way in parts: it outlives its connections and the server's restarts.
package struct PartialUpload: Sendable, Equatable {
  package let id: UploadID
  package let userID: UserID
  /// The name it was begun under.
  package let filename: String
  /// Bytes that it will have.
  package let size: Int64
  /// What it became; nil while it is not whole.
  package var datasetID: DatasetID?
  package let createdAt: Timestamp
  package var touchedAt: Timestamp

  package init(
    id: UploadID, userID: UserID, filename: String, size: Int64, datasetID: DatasetID? = nil,
    createdAt: Timestamp, touchedAt: Timestamp
  ) {
    self.id = id
    self.userID = userID
    self.filename = filename
    self.size = size
    self.datasetID = datasetID
    self.createdAt = createdAt
    self.touchedAt = touchedAt
  }

  /// Where its bytes are kept.
  package var key: PartKey { PartKey(userID: userID, id: id) }
}
