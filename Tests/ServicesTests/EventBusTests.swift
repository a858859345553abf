import Domain
import Services
import Synchronization
import Testing

/// Who hears of which event, and in what order.
struct EventBusTests {
  private static let ann = UserID.make()
  private static let bob = UserID.make()

  @Test func `an event reaches those it is for, and asks nothing of the others`() async throws {
    let (store, bus) = Self.make()
    let (anns, bobs) = (Listener(), Listener())
    let joined = [bus.join(anns, Self.ann, after: 0), bus.join(bobs, Self.bob, after: 0)]
    #expect(joined == [true, true])
    for user in [Self.ann, nil, Self.bob, Self.ann] { bus.publish([store.commit(for: user)]) }
    #expect(anns.heard == [1, 2, 4])
    #expect(bobs.heard == [2, 3])
    bus.leave(anns, Self.ann)
    bus.publish([store.commit(for: Self.ann), store.commit(for: nil)])
    #expect(anns.heard == [1, 2, 4])
    #expect(bobs.heard == [2, 3, 6])
    #expect(store.reads == 0)
  }

  @Test func `what was published out of order is heard in order, each once`() async throws {
    let (store, bus) = Self.make()
    let listener = Listener()
    let isIn = bus.join(listener, Self.ann, after: 0)
    #expect(isIn)
    let (first, second, third) = (
      store.commit(for: Self.ann), store.commit(for: Self.bob), store.commit(for: nil)
    )
    bus.publish([third])
    bus.publish([second])
    bus.publish([first])
    await listener.wait(for: 3)
    let fourth = store.commit(for: Self.ann)
    bus.publish([fourth])
    bus.publish([fourth])
    await listener.wait(for: 4)
    #expect(listener.heard == [1, 3, 4])
  }

  @Test func `who joins behind what was told reads it first, and what is known is not heard again`()
    async throws
  {
    let (store, bus) = Self.make()
    let early = Listener()
    let isIn = bus.join(early, Self.ann, after: 0)
    #expect(isIn)
    for _ in 0..<3 { bus.publish([store.commit(for: Self.ann)]) }
    let late = Listener()
    let tooEarly = bus.join(late, Self.ann, after: 2)
    #expect(!tooEarly)
    var replayed: [Int64] = []
    let cursor = try await bus.replay(Self.ann, after: 1) { replayed.append($0.sequence) }
    #expect(replayed == [2, 3] && cursor == 3)
    // Committed before it joined, and published only now: it is in what was replayed.
    let pending = store.commit(for: Self.ann)
    let joined = bus.join(late, Self.ann, after: pending.sequence)
    #expect(joined)
    bus.publish([pending])
    bus.publish([store.commit(for: Self.ann)])
    #expect(late.heard == [5])
    #expect(early.heard == [1, 2, 3, 4, 5])
  }

  @Test func `where the store does not answer for a gap, listeners are told that they missed something`()
    async throws
  {
    let (store, bus) = Self.make()
    let listener = Listener()
    let isIn = bus.join(listener, Self.ann, after: 0)
    #expect(isIn)
    _ = store.commit(for: Self.ann)
    store.isBroken = true
    bus.publish([store.commit(for: Self.ann)])
    await listener.waitForEnd()
    #expect(listener.end == "lost" && listener.heard == [])
    store.isBroken = false
    let again = Listener()
    let isBack = bus.join(again, Self.ann, after: 2)
    #expect(isBack)
    bus.publish([store.commit(for: Self.ann)])
    #expect(again.heard == [3])
  }

  @Test func `the end of the server is told once, to those who come later too`() async throws {
    let (store, bus) = Self.make()
    let (early, late) = (Listener(), Listener())
    _ = bus.join(early, Self.ann, after: 0)
    bus.finish()
    let joined = bus.join(late, Self.ann, after: 0)
    #expect(joined)
    #expect(early.end == "finished" && late.end == "finished")
    bus.publish([store.commit(for: Self.ann)])
    #expect(early.heard == [] && late.heard == [])
  }

  @Test func `what another server stores is heard in order, each once, also by who joins in the midst of it`()
    async throws
  {
    let (store, bus) = Self.make()
    for _ in 0..<3 { _ = store.commit(for: Self.ann) }
    let follower = try await EventFollower(store: store, bus: bus, charge: ServerCharge())
    let early = Listener()
    let isIn = bus.join(early, Self.ann, after: 3)
    #expect(isIn)
    // Before anybody looks: more than one page of them, and others' among them.
    for number in 0..<1200 { _ = store.commit(for: number % 3 == 0 ? Self.bob : Self.ann) }
    let following = Task { await follower.run() }
    await early.wait(for: 1203)
    let late = Listener()
    var cursor: Int64 = 700
    var replayed: [Int64] = []
    repeat {
      cursor = try await bus.replay(Self.ann, after: cursor) { replayed.append($0.sequence) }
    } while !bus.join(late, Self.ann, after: cursor)
    // The database is away for a moment, and what came meanwhile is not lost.
    store.isBroken = true
    let last = (0..<4).map { _ in store.commit(for: Self.ann).sequence }.last ?? 0
    store.isBroken = false
    await late.wait(for: last)
    await early.wait(for: last)
    following.cancel()
    let anns = (4...last).filter { ($0 - 4) % 3 != 0 || $0 > 1203 }
    #expect(early.heard == anns)
    #expect(replayed + late.heard == anns.filter { $0 > 700 })
  }

  @Test func `an event is put into words once, whoever hears it`() throws {
    let event = CommittedEvent(
      EventRecord(sequence: 1, event: Self.event(for: nil), at: Timestamp(milliseconds: 0)))
    var times = 0
    for _ in 0..<3 {
      let bytes = event.bytes { record in
        times += 1
        return [UInt8(record.sequence)]
      }
      #expect(bytes == [1])
    }
    #expect(times == 1)
  }

  private static func make() -> (EventLog, EventBus) {
    let store = EventLog()
    return (store, EventBus(store: store))
  }

  fileprivate static func event(for user: UserID?) -> NewEvent {
    NewEvent(kind: .taskChanged, userID: user, subject: "t")
  }
}

/// Events as the database would hold them.
private final class EventLog: EventStoring {
  private struct State {
    var records: [EventRecord] = []
    var isBroken = false
    var reads = 0
  }

  private let state = Mutex(State())

  var isBroken: Bool {
    get { state.withLock { $0.isBroken } }
    set { state.withLock { $0.isBroken = newValue } }
  }
  var reads: Int { state.withLock { $0.reads } }

  func commit(for user: UserID?) -> EventRecord {
    state.withLock { state in
      let record = EventRecord(
        sequence: Int64(state.records.count + 1), event: EventBusTests.event(for: user),
        at: Timestamp(milliseconds: 0))
      state.records.append(record)
      return record
    }
  }

  func append(_ event: NewEvent, at time: Timestamp) async throws(DomainError) -> EventRecord {
    commit(for: event.userID)
  }

  func events(after sequence: Int64, visibleTo user: UserID?, limit: Int) async throws(DomainError)
    -> [EventRecord]
  {
    try read { state in
      let visible = state.records.filter { record in
        record.sequence > sequence
          && (user == nil || record.event.userID == nil || record.event.userID == user)
      }
      return Array(visible.prefix(limit))
    }
  }

  func newestSequence() async throws(DomainError) -> Int64 { try read { Int64($0.records.count) } }
  func oldestSequence() async throws(DomainError) -> Int64 { 1 }
  func prune(before time: Timestamp) async throws(DomainError) {}

  private func read<Value: Sendable>(_ body: (State) -> Value) throws(DomainError) -> Value {
    let found = state.withLock { state -> Value? in
      state.reads += 1
      return state.isBroken ? nil : body(state)
    }
    guard let found else {
      throw DomainError(.databaseUnreachable, "The database does not answer.", hint: "")
    }
    return found
  }
}

/// Notes what it hears.
private final class Listener: EventListener {
  private struct State {
    var heard: [Int64] = []
    var end: String?
    var waiting: [(isDone: @Sendable (State) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var heard: [Int64] { state.withLock { $0.heard } }
  var end: String? { state.withLock { $0.end } }

  func hear(_ event: CommittedEvent) { note { $0.heard.append(event.record.sequence) } }
  func finished() { note { $0.end = "finished" } }
  func lost() { note { $0.end = "lost" } }

  /// Returns once that sequence number has come.
  func wait(for sequence: Int64) async { await wait { $0.heard.contains(sequence) } }

  func waitForEnd() async { await wait { $0.end != nil } }

  private func wait(_ isDone: @escaping @Sendable (State) -> Bool) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if isDone(state) { return true }
        state.waiting.append((isDone, continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }

  private func note(_ change: (inout State) -> Void) {
    let ready = state.withLock { state in
      change(&state)
      let now = state
      defer { state.waiting.removeAll { $0.isDone(now) } }
      return state.waiting.filter { $0.isDone(now) }.map(\.resume)
    }
    for continuation in ready { continuation.resume() }
  }
}
