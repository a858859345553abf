package import Domain
package import SQLAccess

/// Adds up what accounts hold.
package struct HoldingsStore: UserHoldingsReading {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) {
    self.database = database
  }

  package func holdings(of user: UserID?) async throws(DomainError) -> [UserID: UserHoldings] {
    let mine: SQL = user.map { "WHERE user_id = \($0)" } ?? .empty
    let own: SQL = user.map { " AND user_id = \($0)" } ?? .empty
    let unfinished: SQL = "\(list: TaskState.allCases.filter { !$0.isFinal })"
    return try await database.reading { transaction in
      var found: [UserID: UserHoldings] = [:]
      let datasets: SQL =
        "SELECT user_id, COUNT(*) AS many, SUM(size) AS bytes FROM datasets \(mine) GROUP BY user_id"
      for row in try transaction.query(datasets) {
        let many: Int = try row.get("many")
        let bytes: Int64 = try row.get("bytes")
        found[try row.get("user_id"), default: UserHoldings()].datasets = many
        found[try row.get("user_id"), default: UserHoldings()].storageBytes += bytes
      }
      let models: SQL = """
        SELECT user_id, COUNT(*) AS many, COALESCE(SUM(size), 0) AS bytes FROM models
        WHERE \(SQL.isMadeHere)\(own) GROUP BY user_id
        """
      for row in try transaction.query(models) {
        let many: Int = try row.get("many")
        let bytes: Int64 = try row.get("bytes")
        found[try row.get("user_id"), default: UserHoldings()].models = many
        found[try row.get("user_id"), default: UserHoldings()].storageBytes += bytes
      }
      let documents: SQL = """
        SELECT user_id, SUM(size) AS bytes FROM index_documents
        WHERE state <> 'removed' AND (state <> 'failed' OR is_kept = 1)\(own) GROUP BY user_id
        """
      for row in try transaction.query(documents) {
        let bytes: Int64 = try row.get("bytes")
        found[try row.get("user_id"), default: UserHoldings()].storageBytes += bytes
      }
      let archives: SQL = """
        SELECT user_id, SUM(size) AS bytes FROM model_archives WHERE \(SQL.isArchiveKept)\(own)
        GROUP BY user_id
        """
      for row in try transaction.query(archives) {
        let bytes: Int64 = try row.get("bytes")
        found[try row.get("user_id"), default: UserHoldings()].storageBytes += bytes
      }
      let tasks: SQL = """
        SELECT user_id, COUNT(*) AS many, SUM(CASE WHEN state IN \(unfinished) THEN 1 ELSE 0 END) AS unfinished
        FROM tasks \(mine) GROUP BY user_id
        """
      for row in try transaction.query(tasks) {
        let many: Int = try row.get("many")
        let unfinished: Int = try row.get("unfinished")
        found[try row.get("user_id"), default: UserHoldings()].tasks = many
        found[try row.get("user_id"), default: UserHoldings()].unfinishedTasks = unfinished
      }
      return found
    }
  }
}

extension SQLTransaction {
  /// Bytes of all that a user has stored, within this transaction.
  func storedBytes(of user: UserID) throws -> Int64 {
    let datasets: Int64? = try value("SELECT COALESCE(SUM(size), 0) FROM datasets WHERE user_id = \(user)")
    let models: Int64? = try value(
      "SELECT COALESCE(SUM(size), 0) FROM models WHERE user_id = \(user) AND \(SQL.isMadeHere)")
    let documents: Int64? = try value(
      """
      SELECT COALESCE(SUM(size), 0) FROM index_documents
      WHERE user_id = \(user) AND state <> 'removed' AND (state <> 'failed' OR is_kept = 1)
      """)
    let archives: Int64? = try value(
      "SELECT COALESCE(SUM(size), 0) FROM model_archives WHERE user_id = \(user) AND \(SQL.isArchiveKept)")
    return (datasets ?? 0) + (models ?? 0) + (documents ?? 0) + (archives ?? 0)
  }
}

extension SQL {
  /// Of a model: that a task or a merge made it; folders that were only added by name are nobody's storage.
  fileprivate static let isMadeHere: SQL =
    "(task_id IS NOT NULL OR path LIKE '%/.merged/%' OR path LIKE '%/.restored/%')"
  /// Of an archive of a model: that it is there, or is being made.
  fileprivate static let isArchiveKept: SQL = "state IN ('archiving', 'ready')"
}
