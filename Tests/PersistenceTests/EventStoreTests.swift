import Domain
import SQLAccess
import TestDatabases
import Testing

struct EventStoreTests {
  @Test(arguments: TestDatabase.all)
  func `every kind of field comes back as it was`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let event = NewEvent(
        kind: .taskProgress, userID: ann, subject: "t",
        fields: [
          "text": .text("\"quoted\" 日本 \u{0}"), "empty": .text(""), "whole": .integer(.max),
          "real": .number(3.0), "infinite": .number(.infinity), "yes": .flag(true), "no": .flag(false),
        ])
      let stored = try await stores.datasets.insert(.sample("a", of: ann), event: event)
      #expect(stored.event == event)
      #expect(try await stores.events.events(after: 0, visibleTo: ann, limit: 1) == [stored])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a user sees their own events and everyone's, in order, after the cursor`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      for (index, owner) in [ann, bob, nil, ann].enumerated() {
        _ = try await stores.models.insert(
          .sample("m", of: ann), event: .sample(.hostChanged, of: owner, "\(index)"))
      }
      func seen(_ user: UserID, _ cursor: Int64, _ limit: Int) async throws -> [Int64] {
        try await stores.events.events(after: cursor, visibleTo: user, limit: limit).map(\.sequence)
      }
      #expect(try await seen(ann, 0, 9) == [1, 3, 4])
      #expect(try await seen(bob, 0, 9) == [2, 3])
      #expect(try await seen(ann, 1, 9) == [3, 4])
      #expect(try await seen(ann, 0, 2) == [1, 3])
      #expect(try await seen(ann, 4, 9) == [])
      #expect(try await seen(.make(), 0, 9) == [3])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the sequence has no gap and no double under many writers`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let sequences = try await withThrowingTaskGroup(of: [Int64].self) { group in
        for number in 0..<10 {
          group.addTask {
            let change = TaskChange(
              task: .sample("\(number)", of: ann),
              events: [.sample(.taskChanged, of: ann), .sample(.taskProgress, of: ann)])
            return try await stores.tasks.insert(change).events.map(\.sequence)
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(sequences.sorted() == Array(1...20))
      #expect(try await stores.events.newestSequence() == 20)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `before the first event the newest is 0 and any cursor can be replayed`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let newest = try await stores.events.newestSequence()
      #expect(newest == 0)
      let oldest = try await stores.events.oldestSequence()
      #expect(oldest == 1)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `old events are forgotten but the newest ten thousand stay`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let last = Int64(10_050)
      try await stores.database.write { transaction in
        for sequence in 1...last {
          try transaction.execute(
            """
            INSERT INTO events (sequence, kind, user_id, subject, fields, at)
            VALUES (\(sequence), \("x"), \(ann.rawValue), \("s"), \("{}"), \(sequence))
            """)
        }
        try transaction.execute("UPDATE event_sequence SET newest = \(last)")
      }
      try await stores.events.prune(before: Timestamp(milliseconds: 31))
      #expect(try await stores.events.oldestSequence() == 31)
      try await stores.events.prune(before: Timestamp(milliseconds: .max))
      #expect(try await stores.events.oldestSequence() == 51)
      #expect(try await stores.events.newestSequence() == last)
      #expect(try await stores.count("events") == 10_000)
    }
  }
}
