package import Domain
package import SQLAccess

/// The lists of models that were read, by their owner.
package typealias KnownModels = ReadCache<UserID, [ModelRecord]>

/// The users' lists of models.
package struct ModelStore: ModelStoring {
  private let database: any SQLDatabase
  private let clock: WallClock
  private let known: KnownModels

  /// - Parameters:
  ///   - clock: gives events their time.
  ///   - known: shared with the other stores that write models.
  package init(_ database: any SQLDatabase, clock: WallClock, known: KnownModels) {
    self.database = database
    self.clock = clock
    self.known = known
  }

  package func insert(_ model: ModelRecord, event: NewEvent) async throws(DomainError) -> EventRecord {
    let now = clock.now()
    known.beginWrite()
    defer { known.endWrite() }
    return try await database.writing { transaction in
      try transaction.insert(model)
      return try transaction.append(event, at: now)
    }
  }

  package func model(_ id: ModelID, owner: UserID) async throws(DomainError) -> ModelRecord? {
    try await database.reading { transaction in
      try transaction.first("\(ModelRecord.selection) WHERE id = \(id) AND user_id = \(owner)")
        .map(ModelRecord.init(row:))
    }
  }

  package func models(owner: UserID) async throws(DomainError) -> [ModelRecord] {
    try await known.value(owner) { () async throws(DomainError) in
      try await database.reading { transaction in
        try transaction.query("\(ModelRecord.selection) WHERE user_id = \(owner) ORDER BY number DESC")
          .map(ModelRecord.init(row:))
      }
    } ?? []
  }

  package func update(_ model: ModelRecord, event: NewEvent) async throws(DomainError) -> EventRecord? {
    let now = clock.now()
    known.beginWrite()
    defer { known.endWrite() }
    return try await database.writing { transaction in
      let changed = try transaction.execute(
        """
        UPDATE models SET \(.assignments(["name": model.name, "engine": model.engine]))
        WHERE id = \(model.id) AND user_id = \(model.userID)
        """)
      return changed == 0 ? nil : try transaction.append(event, at: now)
    }
  }

  package func delete(
    _ id: ModelID, owner: UserID, event: NewEvent
  ) async throws(DomainError) -> EventRecord? {
    let now = clock.now()
    known.beginWrite()
    defer { known.endWrite() }
    return try await database.writing { transaction in
      let deleted = try transaction.execute(
        "DELETE FROM models WHERE id = \(id) AND user_id = \(owner)")
      if deleted == 0 { return nil }
      // Its files go soon after: what is kept of a model goes with it.
      try transaction.execute(
        """
        UPDATE model_archives SET state = \(ArchivedModel.State.removed)
        WHERE model_id = \(id) AND user_id = \(owner)
        """)
      return try transaction.append(event, at: now)
    }
  }
}
