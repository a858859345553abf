package import Domain
package import SQLAccess

/// Uploads that come in parts.
package struct UploadStore: UploadStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func insert(_ upload: PartialUpload) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute(
        .insert(
          into: "dataset_uploads",
          [
            "id": upload.id, "user_id": upload.userID, "filename": upload.filename, "size": upload.size,
            "dataset_id": upload.datasetID, "created_at": upload.createdAt, "touched_at": upload.touchedAt,
          ]))
    }
  }

  package func upload(_ id: UploadID, owner: UserID?) async throws(DomainError) -> PartialUpload? {
    try await database.reading { transaction in
      let found = try transaction.first("\(PartialUpload.selection) WHERE id = \(id)")
        .map(PartialUpload.init(row:))
      return owner == nil || found?.userID == owner ? found : nil
    }
  }

  package func uploads(owner: UserID) async throws(DomainError) -> [PartialUpload] {
    try await database.reading { transaction in
      try transaction.query("\(PartialUpload.selection) WHERE user_id = \(owner) ORDER BY number DESC")
        .map(PartialUpload.init(row:))
    }
  }

  package func touch(_ id: UploadID, at: Timestamp, dataset: DatasetID?) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute("UPDATE dataset_uploads SET touched_at = \(at) WHERE id = \(id)")
      guard let dataset else { return }
      try transaction.execute("UPDATE dataset_uploads SET dataset_id = \(dataset) WHERE id = \(id)")
    }
  }

  package func delete(_ id: UploadID) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute("DELETE FROM dataset_uploads WHERE id = \(id)")
    }
  }

  package func untouched(since time: Timestamp) async throws(DomainError) -> [PartialUpload] {
    try await database.reading { transaction in
      try transaction.query("\(PartialUpload.selection) WHERE touched_at < \(time) ORDER BY number")
        .map(PartialUpload.init(row:))
    }
  }
}

extension PartialUpload {
  fileprivate static let selection: SQL = """
    SELECT id, user_id, filename, size, dataset_id, created_at, touched_at FROM dataset_uploads
    """

  fileprivate init(row: Row) throws {
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), filename: try row.get("filename"),
      size: try row.get("size"), datasetID: try row.get("dataset_id"), createdAt: try row.get("created_at"),
      touchedAt: try row.get("touched_at"))
  }
}
