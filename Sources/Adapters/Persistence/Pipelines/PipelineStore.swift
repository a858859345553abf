package import Domain
package import SQLAccess

/// Runs of pipelines.
package struct PipelineStore: PipelineStoring {
  private let database: any SQLDatabase
  private let clock: WallClock
  private let seal: ColumnSeal

  /// - Parameter clock: gives events their time.
  package init(_ database: any SQLDatabase, clock: WallClock, seal: ColumnSeal) {
    self.database = database
    self.clock = clock
    self.seal = seal
  }

  package func insert(
    _ run: PipelineRun, events: [NewEvent], mostUnfinished: Int
  ) async throws(DomainError) -> (run: PipelineRun, events: [EventRecord]) {
    let now = clock.now()
    return try await database.writing { [seal] transaction in
      if let key = run.idempotencyKey,
        let earlier = try transaction.runs(
          where: "user_id = \(run.userID) AND idempotency_key = \(key)", order: " ORDER BY number", limit: 1,
          seal
        ).first
      {
        return (earlier, [])
      }
      let held: Int? = try transaction.value(
        "SELECT COUNT(*) FROM pipeline_runs WHERE user_id = \(run.userID) AND state = \(PipelineRun.State.running)"
      )
      guard (held ?? 0) < mostUnfinished else {
        throw DomainError(
          .quota, "You have \(mostUnfinished) pipelines under way already.",
          hint: "Wait for one to end, or cancel one.")
      }
      let written = try WrittenPipeline(run, seal)
      try transaction.execute(
        .insert(
          into: "pipeline_runs",
          [
            "id": run.id, "user_id": run.userID, "pipeline": written.pipeline,
            "sealed_webhooks": written.webhooks, "steps": written.steps, "state": run.state,
            "cancel_requested": run.cancelRequested, "idempotency_key": run.idempotencyKey,
            "created_at": run.createdAt, "updated_at": run.updatedAt, "ended_at": run.endedAt,
            "revision": run.revision,
          ]))
      return (run, try transaction.append(events, at: now))
    }
  }

  package func run(_ id: PipelineRunID, owner: UserID?) async throws(DomainError) -> PipelineRun? {
    try await database.reading { [seal] transaction in
      let owned: SQL = owner.map { " AND user_id = \($0)" } ?? .empty
      return try transaction.runs(where: "id = \(id)" + owned, order: .empty, limit: 1, seal).first
    }
  }

  /// An empty list of states means any state.
  package func runs(
    owner: UserID, states: [PipelineRun.State], limit: Int
  ) async throws(DomainError) -> [PipelineRun] {
    try await database.reading { [seal] transaction in
      var condition: SQL = "user_id = \(owner)"
      if !states.isEmpty { condition += " AND state IN \(list: states)" }
      return try transaction.runs(where: condition, order: " ORDER BY number DESC", limit: limit, seal)
    }
  }

  package func unfinished() async throws(DomainError) -> [PipelineRun] {
    try await database.reading { [seal] transaction in
      try transaction.runs(
        where: "state = \(PipelineRun.State.running)", order: " ORDER BY number", limit: 100_000, seal)
    }
  }

  package func update(
    _ run: PipelineRun, events: [NewEvent]
  ) async throws(DomainError) -> (run: PipelineRun, events: [EventRecord])? {
    let now = clock.now()
    return try await database.writing { transaction in
      let changed = try transaction.execute(
        """
        UPDATE pipeline_runs SET revision = revision + 1, \(.assignments([
          "steps": try StoredJSON.text(run.steps), "state": run.state,
          "cancel_requested": run.cancelRequested, "updated_at": run.updatedAt, "ended_at": run.endedAt,
        ])) WHERE id = \(run.id) AND revision = \(run.revision)
        """)
      guard changed == 1 else { return nil }
      var stored = run
      stored.revision += 1
      return (stored, try transaction.append(events, at: now))
    }
  }

  package func delete(
    _ id: PipelineRunID, owner: UserID, event: NewEvent
  ) async throws(DomainError) -> EventRecord? {
    let now = clock.now()
    return try await database.writing { transaction in
      let deleted = try transaction.execute(
        """
        DELETE FROM pipeline_runs
        WHERE id = \(id) AND user_id = \(owner) AND state <> \(PipelineRun.State.running)
        """)
      return deleted > 0 ? try transaction.append(event, at: now) : nil
    }
  }
}

extension SQLTransaction {
  fileprivate func runs(
    where condition: SQL, order: SQL, limit: Int, _ seal: ColumnSeal
  ) throws -> [PipelineRun] {
    try query("SELECT * FROM pipeline_runs WHERE \(condition)\(order) LIMIT \(limit)").map { row in
      let (id, user): (PipelineRunID, UserID) = (try row.get("id"), try row.get("user_id"))
      return PipelineRun(
        id: id, userID: user,
        pipeline: try WrittenPipeline.pipeline(
          try row.get("pipeline"), webhooks: try row.get("sealed_webhooks"), of: id, seal),
        idempotencyKey: try row.get("idempotency_key"), createdAt: try row.get("created_at"),
        state: try row.get("state"),
        steps: try StoredJSON.value([PipelineStepRun].self, try row.get("steps")),
        cancelRequested: try row.get("cancel_requested"), updatedAt: try row.get("updated_at"),
        endedAt: try row.get("ended_at"), revision: try row.get("revision"))
    }
  }
}
