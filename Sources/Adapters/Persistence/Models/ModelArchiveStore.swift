package import Domain
import FoundationEssentials
package import SQLAccess

/// Archives of models.
package struct ModelArchiveStore: ModelArchiveStoring, ArchiveTidying {
  private let database: any SQLDatabase
  private let clock: WallClock

  /// - Parameter clock: gives events their time.
  package init(_ database: any SQLDatabase, clock: WallClock) {
    self.database = database
    self.clock = clock
  }

  package func begin(_ archive: ArchivedModel, mostBytes: Int64?) async throws(DomainError) {
    try await database.writing { transaction in
      let known = try transaction.first(
        "SELECT id FROM models WHERE id = \(archive.modelID) AND user_id = \(archive.userID)")
      guard known != nil else { throw DomainError.notFound("The model") }
      if let mostBytes {
        // Here, where nothing else can come between.
        let room = max(0, mostBytes - (try transaction.storedBytes(of: archive.userID)))
        guard archive.size <= room else { throw UserQuota.archiveExceeds(archive.size, room: room) }
      }
      try transaction.execute(
        """
        UPDATE model_archives SET state = \(ArchivedModel.State.removed)
        WHERE model_id = \(archive.modelID) AND state <> \(ArchivedModel.State.ready)
        """)
      try transaction.execute(
        .insert(
          into: "model_archives",
          [
            "id": archive.id, "user_id": archive.userID, "model_id": archive.modelID,
            "state": archive.state, "files": try Self.text(archive.files), "size": archive.size,
            "reason": archive.reason, "created_at": archive.createdAt, "ended_at": archive.endedAt,
          ]))
    }
  }

  package func note(_ archive: ArchivedModel) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      try transaction.execute(
        """
        UPDATE model_archives SET files = \(try Self.text(archive.files))
        WHERE id = \(archive.id) AND state = \(ArchivedModel.State.archiving)
        """) > 0
    }
  }

  package func finish(
    _ id: ArchiveID, at time: Timestamp, event: NewEvent
  ) async throws(DomainError) -> EventRecord? {
    let now = clock.now()
    return try await database.writing { transaction in
      guard let row = try transaction.first("\(ArchivedModel.selection) WHERE id = \(id)"),
        let archive = try? ArchivedModel(row: row), archive.state == .archiving
      else { return nil }
      try transaction.execute(
        """
        UPDATE model_archives SET state = \(ArchivedModel.State.removed)
        WHERE model_id = \(archive.modelID) AND id <> \(id)
        """)
      try transaction.execute(
        """
        UPDATE model_archives SET state = \(ArchivedModel.State.ready), ended_at = \(time) WHERE id = \(id)
        """)
      return try transaction.append(event, at: now)
    }
  }

  package func fail(
    _ id: ArchiveID, because reason: String?, at time: Timestamp
  ) async throws(DomainError) {
    let state: ArchivedModel.State = reason == nil ? .removed : .failed
    try await database.writing { transaction in
      _ = try transaction.execute(
        """
        UPDATE model_archives SET state = \(state), reason = \(reason), ended_at = \(time)
        WHERE id = \(id) AND state = \(ArchivedModel.State.archiving)
        """)
    }
  }

  package func archives(of model: ModelID, owner: UserID) async throws(DomainError) -> [ArchivedModel] {
    try await database.reading { transaction in
      try transaction.query(
        """
        \(ArchivedModel.selection) WHERE model_id = \(model) AND user_id = \(owner)
          AND state <> \(ArchivedModel.State.removed) ORDER BY number DESC
        """
      ).map(ArchivedModel.init(row:))
    }
  }

  package func remove(of model: ModelID, owner: UserID) async throws(DomainError) -> Int64? {
    try await database.writing { transaction in
      let kept = try transaction.query(
        """
        \(ArchivedModel.selection) WHERE model_id = \(model) AND user_id = \(owner)
          AND state <> \(ArchivedModel.State.removed)
        """
      ).map(ArchivedModel.init(row:))
      if kept.isEmpty { return nil }
      try transaction.execute(
        """
        UPDATE model_archives SET state = \(ArchivedModel.State.removed)
        WHERE model_id = \(model) AND user_id = \(owner)
        """)
      return kept.reduce(0) { $0 + ($1.state == .failed ? 0 : $1.size) }
    }
  }

  // MARK: Tidying

  package func takeUp(at time: Timestamp) async throws(DomainError) {
    try await database.writing { transaction in
      try transaction.execute(
        """
        UPDATE model_archives SET state = \(ArchivedModel.State.failed), ended_at = \(time),
          reason = \(Self.interrupted)
        WHERE state = \(ArchivedModel.State.archiving)
        """)
      for row in try transaction.query("SELECT id, host_id, path FROM model_restores") {
        let (id, host, path): (ModelID, HostID, String) = (
          try row.get("id"), try row.get("host_id"), try row.get("path")
        )
        if try transaction.first("SELECT id FROM models WHERE id = \(id)") == nil {
          try transaction.note([Removal(hostID: host, path: path)])
        }
        try transaction.execute("DELETE FROM model_restores WHERE id = \(id)")
      }
    }
  }

  package func leftovers() async throws(DomainError) -> [ArchivedModel] {
    try await database.reading { transaction in
      try transaction.query(
        """
        \(ArchivedModel.selection) WHERE state = \(ArchivedModel.State.removed)
          OR (state = \(ArchivedModel.State.failed) AND files <> '[]') ORDER BY number
        """
      ).map(ArchivedModel.init(row:))
    }
  }

  package func cleared(_ id: ArchiveID) async throws(DomainError) {
    try await database.writing { transaction in
      try transaction.execute(
        "DELETE FROM model_archives WHERE id = \(id) AND state = \(ArchivedModel.State.removed)")
      try transaction.execute(
        """
        UPDATE model_archives SET files = '[]' WHERE id = \(id) AND state = \(ArchivedModel.State.failed)
        """)
    }
  }

  package func begin(_ restore: ModelRestore) async throws(DomainError) {
    try await database.writing { transaction in
      _ = try transaction.execute(
        .insert(
          into: "model_restores",
          [
            "id": restore.id, "user_id": restore.userID, "host_id": restore.hostID, "path": restore.path,
            "created_at": restore.createdAt,
          ]))
    }
  }

  package func end(_ restore: ModelRestore, removing: Bool) async throws(DomainError) {
    try await database.writing { transaction in
      let deleted = try transaction.execute("DELETE FROM model_restores WHERE id = \(restore.id)")
      if removing, deleted > 0 {
        try transaction.note([Removal(hostID: restore.hostID, path: restore.path)])
      }
    }
  }

  private static let interrupted = "The server ended while the model was being archived."

  private static func text(_ files: [ArchivedFile]) throws -> String {
    String(decoding: try JSONEncoder().encode(files), as: UTF8.self)
  }
}

extension ArchivedModel {
  fileprivate static let selection: SQL = """
    SELECT id, user_id, model_id, state, files, size, reason, created_at, ended_at FROM model_archives
    """

  fileprivate init(row: Row) throws {
    let files: String = try row.get("files")
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), modelID: try row.get("model_id"),
      state: try row.get("state"),
      files: try JSONDecoder().decode([ArchivedFile].self, from: Data(files.utf8)),
      size: try row.get("size"), reason: try row.get("reason"), createdAt: try row.get("created_at"),
      endedAt: try row.get("ended_at"))
  }
}
