package import Domain
package import SQLAccess

/// Counts everyone's tasks, by the index of their states.
package struct TaskCounter: TaskCounting {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func counts() async throws(DomainError) -> TaskCounts {
    try await database.reading { transaction in
      var states: [TaskState: Int] = [:]
      for row in try transaction.query("SELECT state, count(*) AS amount FROM tasks GROUP BY state") {
        let name: String = try row.get("state")
        if let state = TaskState(rawValue: name) { states[state] = try row.get("amount") }
      }
      let oldest = try transaction.query(
        "SELECT min(queued_at) AS since FROM tasks WHERE state = \(TaskState.queued)"
      ).first
      let since: Int64? = try oldest?.get("since")
      return TaskCounts(states: states, waitingSince: since.map(Timestamp.init(milliseconds:)))
    }
  }
}
