import Domain
import SQLAccess

extension SQLTransaction {
  /// Gives events their place in the sequence and stores them, in the caller's transaction.
  func append(_ events: [NewEvent], at time: Timestamp) throws -> [EventRecord] {
    if events.isEmpty { return [] }
    // The UPDATE comes first: it locks the counter until the commit.
    try execute("UPDATE event_sequence SET newest = newest + \(events.count) WHERE id = 1")
    let newest: Int64? = try value("SELECT newest FROM event_sequence WHERE id = 1")
    guard let newest else { throw DomainError(.internalFault, "The event counter is missing.") }
    try signal(EventStore.channel)
    let first = newest - Int64(events.count) + 1
    return try events.enumerated().map { index, event in
      let record = EventRecord(sequence: first + Int64(index), event: event, at: time)
      try execute(
        .insert(
          into: "events",
          [
            "sequence": record.sequence, "kind": event.kind, "user_id": event.userID,
            "subject": event.subject, "fields": try EventFields.text(event.fields), "at": time,
          ]))
      return record
    }
  }

  func append(_ event: NewEvent, at time: Timestamp) throws -> EventRecord {
    guard let record = try append([event], at: time).first else {
      throw DomainError(.internalFault, "The event was not stored.")
    }
    return record
  }
}

extension EventRecord {
  init(row: Row) throws {
    self.init(
      sequence: try row.get("sequence"),
      event: NewEvent(
        kind: try row.get("kind"), userID: try row.get("user_id"), subject: try row.get("subject"),
        fields: try EventFields.fields(try row.get("fields"))),
      at: try row.get("at"))
  }
}
