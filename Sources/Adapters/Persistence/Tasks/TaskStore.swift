package import Domain
package import SQLAccess

/// Tasks and their attempts.
package struct TaskStore: TaskStoring, TaskArgumentReading {
  private let database: any SQLDatabase
  private let clock: WallClock
  private let models: KnownModels
  private let known = KnownTasks()

  /// - Parameters:
  ///   - clock: gives events their time.
  ///   - models: what is known of the models, to which finished tasks add.
  package init(_ database: any SQLDatabase, clock: WallClock, models: KnownModels) {
    self.database = database
    self.clock = clock
    self.models = models
  }

  package func insert(
    _ change: TaskChange
  ) async throws(DomainError) -> (task: TaskRecord, events: [EventRecord]) {
    let now = clock.now()
    if change.model != nil { models.beginWrite() }
    defer { if change.model != nil { models.endWrite() } }
    do {
      return try await database.write { try $0.submit(change, at: now) }
    } catch let error as SQLError where error.code == .uniqueViolation {
      // The same submission came twice at once, in an engine that lets both look first.
      let earlier = try await database.reading { try $0.submitted(change.task) }
      guard let earlier else { throw DomainError(storing: error) }
      return (earlier, [])
    } catch {
      throw DomainError(storing: error)
    }
  }

  package func task(_ id: TaskID, owner: UserID?) async throws(DomainError) -> TaskRecord? {
    try await database.reading { transaction in
      let condition: SQL = "id = \(id)" + Self.owned(by: owner)
      return try transaction.tasks(where: condition, limit: 1).first
    }
  }

  /// An empty list of states means any state.
  package func tasks(
    owner: UserID?, states: [TaskState], limit: Int
  ) async throws(DomainError) -> [TaskRecord] {
    try await database.reading { [known] transaction in
      var condition: SQL = "1 = 1" + Self.owned(by: owner)
      if !states.isEmpty { condition += " AND state IN \(list: states)" }
      return try transaction.tasks(where: condition, limit: max(0, limit), known: known)
    }
  }

  package func arguments(of tasks: [TaskID]) async throws(DomainError) -> [TaskID: String] {
    if tasks.isEmpty { return [:] }
    return try await database.reading { transaction in
      var found: [TaskID: String] = [:]
      // In pieces: an engine bounds the number of parameters of one statement.
      for start in stride(from: 0, to: tasks.count, by: 500) {
        let piece = tasks[start..<min(start + 500, tasks.count)]
        for row in try transaction.query("SELECT id, arguments FROM tasks WHERE id IN \(list: piece)") {
          found[try row.get("id")] = try row.get("arguments")
        }
      }
      return found
    }
  }

  /// First to last.
  package func attempts(of id: TaskID) async throws(DomainError) -> [AttemptRecord] {
    try await database.reading { try $0.attempts(of: id) }
  }

  /// See the port; where the change's model is there already, the event that would announce it is left out.
  package func update(
    _ change: TaskChange
  ) async throws(DomainError) -> (task: TaskRecord, events: [EventRecord])? {
    let now = clock.now()
    if change.model != nil { models.beginWrite() }
    defer { if change.model != nil { models.endWrite() } }
    return try await database.writing { transaction in
      guard try transaction.update(change.task) else { return nil }
      var task = change.task
      task.revision += 1
      return (task, try transaction.complete(change, at: now))
    }
  }

  package func delete(
    _ id: TaskID, owner: UserID, event: NewEvent, removing: [Removal]
  ) async throws(DomainError) -> EventRecord? {
    let now = clock.now()
    return try await database.writing { transaction in
      // Attempts and the list of datasets go with it, by their foreign keys.
      let deleted = try transaction.execute(
        """
        DELETE FROM tasks
        WHERE id = \(id) AND user_id = \(owner) AND state IN \(list: TaskState.finalStates)
        """)
      guard deleted > 0 else { return nil }
      try transaction.note(removing)
      return try transaction.append(event, at: now)
    }
  }

  package func queue() async throws(DomainError) -> [QueueEntry] {
    try await database.reading { try $0.queueEntries() }
  }

  private static func owned(by owner: UserID?) -> SQL {
    owner.map { " AND user_id = \($0)" } ?? .empty
  }
}

extension SQLTransaction {
  fileprivate func submit(
    _ change: TaskChange, at now: Timestamp
  ) throws -> (task: TaskRecord, events: [EventRecord]) {
    if let earlier = try submitted(change.task) { return (earlier, []) }
    let wanted = Set(change.task.datasetIDs)
    let found: Int? = try value(
      """
      SELECT count(*) FROM datasets
      WHERE user_id = \(change.task.userID) AND id IN \(list: wanted)
      """)
    guard found == wanted.count else { throw DomainError.notFound("The dataset") }
    if let most = change.mostUnfinished {
      let unfinished = TaskState.allCases.filter { !$0.isFinal }
      let held: Int? = try value(
        "SELECT count(*) FROM tasks WHERE user_id = \(change.task.userID) AND state IN \(list: unfinished)")
      guard (held ?? 0) < most else { throw UserQuota.tasksExceeded(held: held ?? 0, most: most) }
    }
    try insert(change.task)
    return (change.task, try complete(change, at: now))
  }

  /// The task that was submitted with this one's idempotency key.
  fileprivate func submitted(_ task: TaskRecord) throws -> TaskRecord? {
    guard let key = task.idempotencyKey else { return nil }
    return try tasks(where: "user_id = \(task.userID) AND idempotency_key = \(key)", limit: 1).first
  }

  /// Stores what comes with a task's row: attempt, model, events.
  fileprivate func complete(_ change: TaskChange, at now: Timestamp) throws -> [EventRecord] {
    if let attempt = change.endedAttempt { try put(attempt) }
    if let attempt = change.attempt { try put(attempt) }
    var events = change.events
    if let model = change.model, try !register(model) {
      events.removeAll { $0.kind == .modelAdded && $0.subject == model.id.rawValue }
    }
    return try append(events, at: now)
  }
}
