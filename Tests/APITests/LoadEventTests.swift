import Contract
import Domain
import HTTPWire
import Persistence
import SQLiteDriver
import Services
import Synchronization
import Testing

/// Who hears of a model asks at once how it stands: what was told is so by then.
@Suite struct LoadEventTests {
  @Test func `a model is told to be ready once whoever asks is answered that it is`() async throws {
    let clock = TestClock().clock
    let database = try await SQLiteDatabase(SQLiteConfiguration(.memory))
    try await Schema.migrate(database, now: 1)
    let user = UserAccount(
      id: .make(), username: "ann", email: "ann@example.org", passwordHash: "-", role: .user,
      tokenGeneration: 1, createdAt: clock.now())
    _ = try await UserStore(database).insert(user)
    let host = RecordingHost(id: "local", root: "/data")
    host.addModel("/models/base")
    let fleet = RecordingFleet([host], root: "/data")
    let seal = ColumnSeal(seal: { bytes, _ in bytes }, open: { bytes, _ in bytes })
    let services = AskedServices(ServiceStore(database, clock: clock, seal: seal))
    let events = EventBus(store: EventStore(database))
    let known = KnownModels()
    let runtime = ModelRuntime(
      services: services, loadTimes: LoadTimeStore(database), fleet: fleet,
      gpus: ServiceGPUs(tasks: TaskStore(database, clock: clock, models: known)),
      calling: ScriptedEngine(), events: events, clock: clock, log: .silent, settings: .init())
    services.whenTold { record in
      // What is listed is what the page draws.
      await runtime.list(for: user.id).first { $0.id == record.id }?.state
    }
    let catalog = ModelCatalog(
      models: ModelStore(database, clock: clock, known: known), fleet: fleet, events: events, clock: clock,
      sharedFolders: ["/models"])
    let model = try await catalog.resolve("/models/base", baseModel: nil, for: user.id)

    #expect(try await runtime.start(model, for: user.id).state == .ready)
    await runtime.stopAll()
    await database.close()
    let told = services.told
    #expect(told.map(\.said) == [.ready, .stopping, .stopped])
    #expect(told.first?.found == .ready)
  }

  @Test func `a load that fails before its process began is told, once it counts as failed`() async throws {
    let settings = ["LUTHIER_MODEL_FOLDERS": "/models", "LUTHIER_MODEL_MEMORY": "536871912"]
    try await TestServer.run(settings) { server in
      let user = try await server.register("ada")
      server.host.append(String(repeating: "w", count: 1000), to: "/models/base/model.safetensors")
      let seen = try await server.read(
        "/api/events?after=0", as: user,
        whenBegun: { _ = try await server.send(.post, "/api/models/base/load", as: user) },
        until: { $0.event == "service.changed" })
      let last = try #require(seen.last)
      #expect(last.event == "service.changed")
      #expect(last.data.contains("\"failed\"") && last.data.contains("/models/base"))
      let standing = try await server.send(.get, "/api/models/base/status", as: user).json
      #expect(standing["status"] == "failed")
      #expect(server.host.launched.isEmpty)
    }
  }
}

/// Services' records, and how each service was listed when its state was about to be told.
private final class AskedServices: ServiceStoring {
  private struct State {
    var told: [(said: ServiceRecord.State, found: ServiceRecord.State?)] = []
    var ask: @Sendable (ServiceRecord) async -> ServiceRecord.State? = { _ in nil }
  }

  private let kept: any ServiceStoring
  private let state = Mutex(State())

  init(_ kept: any ServiceStoring) { self.kept = kept }

  var told: [(said: ServiceRecord.State, found: ServiceRecord.State?)] { state.withLock { $0.told } }

  func whenTold(_ ask: @escaping @Sendable (ServiceRecord) async -> ServiceRecord.State?) {
    state.withLock { $0.ask = ask }
  }

  func insert(_ service: ServiceRecord, event: NewEvent) async throws(DomainError) -> EventRecord {
    try await kept.insert(service, event: event)
  }

  func update(_ service: ServiceRecord, event: NewEvent?) async throws(DomainError) -> EventRecord? {
    let found = await state.withLock { $0.ask }(service)
    state.withLock { $0.told.append((service.state, found)) }
    return try await kept.update(service, event: event)
  }

  func live() async throws(DomainError) -> [ServiceRecord] { try await kept.live() }
  func delete(_ id: ServiceID) async throws(DomainError) { try await kept.delete(id) }
}
