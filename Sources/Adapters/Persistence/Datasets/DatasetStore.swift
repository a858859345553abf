package import Domain
package import SQLAccess

/// Datasets.
package struct DatasetStore: DatasetStoring {
  private let database: any SQLDatabase
  private let clock: WallClock

  /// - Parameter clock: gives events their time.
  package init(_ database: any SQLDatabase, clock: WallClock) {
    self.database = database
    self.clock = clock
  }

  package func insert(_ dataset: DatasetRecord, event: NewEvent, mostBytes: Int64?) async throws(DomainError)
    -> EventRecord
  {
    let now = clock.now()
    do {
      return try await database.write { transaction in
        if let mostBytes {
          // Here, where no other upload can come between: each had room when it began.
          let held = try transaction.storedBytes(of: dataset.userID)
          guard held + dataset.size <= mostBytes else {
            throw UserQuota.storageExceeded(room: max(0, mostBytes - held))
          }
        }
        let version = try transaction.newestVersion(of: dataset.name, owner: dataset.userID) + 1
        try transaction.execute(
          .insert(
            into: "datasets",
            [
              "id": dataset.id, "user_id": dataset.userID, "filename": dataset.filename,
              "path": dataset.path, "size": dataset.size, "content_hash": dataset.contentHash,
              "format": dataset.format, "row_count": dataset.rows, "problem_count": dataset.problemCount,
              "report": dataset.report, "created_at": dataset.createdAt, "name": dataset.name,
              "version": version,
            ]))
        let name: SQL = .insert(
          into: "dataset_names", ["user_id": dataset.userID, "name": dataset.name, "newest": version])
        try transaction.execute("\(name) \(onConflict: ["user_id", "name"], update: ["newest"])")
        return try transaction.append(event, at: now)
      }
    } catch let error as SQLError where error.code == .uniqueViolation {
      throw .conflict(
        "There is a dataset named \(dataset.filename) already.",
        hint: "Rename the file, or delete the old dataset.")
    } catch {
      throw DomainError(storing: error)
    }
  }

  package func dataset(_ id: DatasetID, owner: UserID) async throws(DomainError) -> DatasetRecord? {
    try await database.reading { try $0.dataset(id, owner: owner) }
  }

  package func dataset(filename: String, owner: UserID) async throws(DomainError) -> DatasetRecord? {
    try await database.reading { transaction in
      try transaction.first(
        "\(DatasetRecord.selection) WHERE filename = \(filename) AND user_id = \(owner)"
      ).map(DatasetRecord.init(row:))
    }
  }

  package func versions(of name: String, owner: UserID) async throws(DomainError) -> [DatasetRecord] {
    try await database.reading { transaction in
      try transaction.query(
        "\(DatasetRecord.selection) WHERE user_id = \(owner) AND name = \(name) ORDER BY version DESC"
      ).map(DatasetRecord.init(row:))
    }
  }

  package func newestVersion(of name: String, owner: UserID) async throws(DomainError) -> Int {
    try await database.reading { try $0.newestVersion(of: name, owner: owner) }
  }

  package func datasets(owner: UserID) async throws(DomainError) -> [DatasetRecord] {
    try await database.reading { transaction in
      try transaction.query("\(DatasetRecord.selection) WHERE user_id = \(owner) ORDER BY number DESC")
        .map(DatasetRecord.init(row:))
    }
  }

  package func delete(
    _ id: DatasetID, owner: UserID, event: NewEvent, removing: [Removal]
  ) async throws(DomainError) -> DatasetDeletion {
    let now = clock.now()
    return try await database.writing { transaction in
      guard let dataset = try transaction.dataset(id, owner: owner) else { return .missing }
      let users = try transaction.query(
        """
        SELECT DISTINCT tasks.id AS id, tasks.number AS number FROM tasks
        JOIN task_datasets ON task_datasets.task_id = tasks.id
        WHERE task_datasets.dataset_id = \(id) AND tasks.state NOT IN \(list: TaskState.finalStates)
        ORDER BY tasks.number DESC
        """)
      if !users.isEmpty { return .inUse(try users.map { try $0.get("id") }) }
      try transaction.execute("DELETE FROM datasets WHERE id = \(id) AND user_id = \(owner)")
      try transaction.note(removing)
      return .deleted(dataset, try transaction.append(event, at: now))
    }
  }
}

extension SQLTransaction {
  fileprivate func newestVersion(of name: String, owner: UserID) throws -> Int {
    try value("SELECT newest FROM dataset_names WHERE user_id = \(owner) AND name = \(name)", as: Int.self)
      ?? 0
  }

  fileprivate func dataset(_ id: DatasetID, owner: UserID) throws -> DatasetRecord? {
    try first("\(DatasetRecord.selection) WHERE id = \(id) AND user_id = \(owner)")
      .map(DatasetRecord.init(row:))
  }
}

extension DatasetRecord {
  fileprivate static let selection: SQL = """
    SELECT id, user_id, filename, path, size, content_hash, format, row_count, problem_count, report,
      created_at, name, version FROM datasets
    """

  fileprivate init(row: Row) throws {
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), filename: try row.get("filename"),
      name: try row.get("name"), version: try row.get("version"), path: try row.get("path"),
      size: try row.get("size"), contentHash: try row.get("content_hash"),
      format: try row.get("format"), rows: try row.get("row_count"),
      problemCount: try row.get("problem_count"), report: try row.get("report"),
      createdAt: try row.get("created_at"))
  }
}
