import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// Runs of pipelines.
struct PipelineStoreTests {
  private static let hook = "https://hooks.example.org/secret"

  private static func run(_ user: UserID, key: String? = nil) -> PipelineRun {
    PipelineRun(
      id: .make(), userID: user,
      pipeline: Pipeline(
        name: "bot",
        steps: [
          PipelineStep(
            id: "tell", kind: .notify, inputs: ["message": "é\n", "webhook": .string(hook)], path: "steps[0]",
            lines: ["": 3])
        ]), idempotencyKey: key, createdAt: Stores.now)
  }

  private static func store(_ stores: Stores, seal: ColumnSeal = .reversing) -> PipelineStore {
    PipelineStore(stores.database, clock: WallClock { Stores.now }, seal: seal)
  }

  private static func event(_ run: PipelineRun) -> NewEvent {
    NewEvent(kind: .pipelineChanged, userID: run.userID, subject: run.id.rawValue)
  }

  @Test(arguments: TestDatabase.all)
  func `a run comes back as it was, to its user alone, and the webhook is sealed`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let store = Self.store(stores)
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let run = Self.run(ann)
      let stored = try await store.insert(run, events: [Self.event(run)], mostUnfinished: 1)
      #expect(stored.run == run && stored.events.map(\.event) == [Self.event(run)])
      #expect(try await store.run(run.id, owner: ann) == run)
      #expect(try await store.run(run.id, owner: bob) == nil)
      #expect(try await store.runs(owner: bob, states: [], limit: 9) == [])
      #expect(try await store.unfinished() == [run])
      let row = try await stores.database.read { transaction in
        let rows = try transaction.query("SELECT pipeline, sealed_webhooks FROM pipeline_runs")
        return try rows.map { row in
          try row.get("pipeline", as: String.self)
            + String(decoding: try row.get("sealed_webhooks", as: [UInt8].self), as: UTF8.self)
        }
      }
      #expect(row.count == 1 && !row[0].contains("hooks.example.org"))
      // With another secret the run is there, and only its address is lost.
      struct Wrong: Error {}
      let other = Self.store(
        stores, seal: ColumnSeal(seal: { bytes, _ in bytes }, open: { _, _ in throw Wrong() }))
      let opened = try await other.run(run.id, owner: ann)
      #expect(opened?.pipeline.steps.first?.inputs == ["message": "é\n"])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the same key is the same run, and runs under way are bounded`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let store = Self.store(stores)
      let ann = try await stores.addUser("ann")
      let first = Self.run(ann, key: "k")
      _ = try await store.insert(first, events: [], mostUnfinished: 1)
      let again = Self.run(ann, key: "k")
      let second = try await store.insert(again, events: [Self.event(again)], mostUnfinished: 1)
      #expect(second.run == first && second.events.isEmpty)
      var refused: DomainError.Code?
      do throws(DomainError) {
        _ = try await store.insert(Self.run(ann), events: [], mostUnfinished: 1)
      } catch {
        refused = error.code
      }
      #expect(refused == .quota)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a change of what was changed meanwhile is refused, and only what has ended is deleted`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let store = Self.store(stores)
      let ann = try await stores.addUser("ann")
      var run = Self.run(ann)
      _ = try await store.insert(run, events: [], mostUnfinished: 1)
      #expect(try await store.delete(run.id, owner: ann, event: Self.event(run)) == nil)
      run.steps[0].outputs = ["model": PipelineOutput(.model, "m", name: "first")]
      run.steps[0].failure = PipelineFailure(code: "x", message: "No.", hint: nil)
      run.state = .failed
      run.endedAt = Stores.now
      let changed = try await store.update(run, events: [Self.event(run)])
      #expect(changed?.run.revision == 1)
      #expect(try await store.update(run, events: [Self.event(run)]) == nil)
      #expect(try await store.run(run.id, owner: nil) == changed?.run)
      #expect(try await store.unfinished() == [])
      #expect(try await store.runs(owner: ann, states: [.failed], limit: 9).count == 1)
      #expect(try await store.delete(run.id, owner: ann, event: Self.event(run)) != nil)
      #expect(try await store.run(run.id, owner: nil) == nil)
    }
  }
}
