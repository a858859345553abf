package import Domain
package import SQLAccess

/// The event log.
package struct EventStore: EventStoring {
  /// How many of the newest events stay whatever their age.
  static let keptAtLeast: Int64 = 10_000

  /// Where other servers hear that there are new ones.
  static let channel = "luthier_events"

  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) {
    self.database = database
  }

  package func append(_ event: NewEvent, at time: Timestamp) async throws(DomainError) -> EventRecord {
    try await database.writing { try $0.append(event, at: time) }
  }

  package func events(
    after sequence: Int64, visibleTo user: UserID?, limit: Int
  ) async throws(DomainError) -> [EventRecord] {
    let visible: SQL = user.map { " AND (user_id = \($0) OR user_id IS NULL)" } ?? .empty
    return try await database.reading { transaction in
      try transaction.query(
        """
        SELECT sequence, kind, user_id, subject, fields, at FROM events
        WHERE sequence > \(sequence)\(visible)
        ORDER BY sequence LIMIT \(max(0, limit))
        """
      ).map(EventRecord.init(row:))
    }
  }

  package func news() throws(DomainError) -> AsyncStream<Void>? {
    do {
      return try database.signals(on: Self.channel)
    } catch {
      throw DomainError(.internalFault, "The events of other servers cannot be heard.", detail: "\(error)")
    }
  }

  package func newestSequence() async throws(DomainError) -> Int64 {
    try await database.reading { try $0.newestSequence() }
  }

  /// One more than the newest when none is kept: every cursor up to now can then be replayed.
  package func oldestSequence() async throws(DomainError) -> Int64 {
    try await database.reading { transaction in
      let oldest: Int64?? = try transaction.value("SELECT min(sequence) FROM events")
      if let oldest = oldest ?? nil { return oldest }
      return try transaction.newestSequence() + 1
    }
  }

  package func prune(before time: Timestamp) async throws(DomainError) {
    _ = try await database.writing { transaction in
      let newest = try transaction.newestSequence()
      return try transaction.execute(
        "DELETE FROM events WHERE at < \(time) AND sequence <= \(newest - Self.keptAtLeast)")
    }
  }
}

extension SQLTransaction {
  fileprivate func newestSequence() throws -> Int64 {
    try value("SELECT newest FROM event_sequence WHERE id = 1") ?? 0
  }
}
