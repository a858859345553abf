/// An uploaded file that a task can train on.
package struct DatasetRecord: Sendable, Equatable {
  package let id: DatasetID
  package let userID: UserID
  /// The name it is stored under; safe as one path component.
  package let filename: String
  /// The name it was uploaded under, which all versions share.
  package let name: String
  /// 1 for the first of its name; the store gives it.
  package let version: Int
  /// Where it lies on the host: `{user data}/{user_id}/datasets/{filename}`.
  package let path: String
  package let size: Int64
  /// SHA-256 of the bytes, lower-case hexadecimal.
  package let contentHash: String
  /// Raw value of `DatasetFormat`.
  package let format: String
  package let rows: Int
  /// Rows that LLaMA-Factory would drop or fail on.
  package let problemCount: Int
  /// The `DatasetReport` as JSON text: problems, preview, statistics.
  package let report: String
  package let createdAt: Timestamp

  package init(
    id: DatasetID, userID: UserID, filename: String, name: String? = nil, version: Int = 1, path: String,
    size: Int64, contentHash: String, format: String, rows: Int, problemCount: Int, report: String,
    createdAt: Timestamp
  ) {
    self.id = id
    self.userID = userID
    self.filename = filename
    self.name = name ?? filename
    self.version = version
    self.path = path
    self.size = size
    self.contentHash = contentHash
    self.format = format
    self.rows = rows
    self.problemCount = problemCount
    self.report = report
    self.createdAt = createdAt
  }
}
