import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

extension TestDatabase {
  /// Lends the stores over a migrated, empty database, and removes it afterwards.
  func run(_ body: (Stores) async throws -> Void) async throws {
    try await run(shape: { try await Schema.migrate($0, now: 1) }) { try await body(Stores($0)) }
  }
}

/// Every store over one database.
///
/// The clock stands still: lists must not depend on it.
struct Stores: Sendable {
  static let now = Timestamp(milliseconds: 1_800_000_000_000)

  let database: any SQLDatabase
  let users: any UserStoring
  let removedUsers: any AccountRemovalStoring
  let gpuSamples: any GPUSampleStoring
  let holdings: any UserHoldingsReading
  let keys: any APIKeyStoring
  let datasets: any DatasetStoring
  let tasks: any TaskStoring & TaskArgumentReading
  let removals: any RemovalStoring
  let uploads: any UploadStoring
  let models: any ModelStoring
  let archives: any ModelArchiveStoring & ArchiveTidying
  let services: any ServiceStoring
  let hosts: any HostStoring
  let events: any EventStoring
  let conversations: any ConversationStoring
  let messages: any MessageStoring
  let search: any MessageSearching
  let configs: any ChatConfigStoring
  let presets: any PresetStoring
  let comparisons: any ComparisonStoring
  let usage: any UsageStoring
  let discoveries: any DiscoveryStoring

  init(_ database: any SQLDatabase) {
    let clock = WallClock { Stores.now }
    self.database = database
    let userStore = UserStore(database)
    users = userStore
    removedUsers = userStore
    gpuSamples = GPUSampleStore(database)
    holdings = HoldingsStore(database)
    keys = APIKeyStore(database)
    datasets = DatasetStore(database, clock: clock)
    let knownModels = KnownModels()
    tasks = TaskStore(database, clock: clock, models: knownModels)
    removals = RemovalStore(database)
    uploads = UploadStore(database)
    archives = ModelArchiveStore(database, clock: clock)
    models = ModelStore(database, clock: clock, known: knownModels)
    services = ServiceStore(database, clock: clock, seal: .reversing)
    hosts = HostStore(database, clock: clock, seal: .reversing)
    events = EventStore(database)
    conversations = ConversationStore(database)
    messages = MessageStore(database)
    search = MessageSearch(database)
    configs = UserConfigStore(database, seal: .reversing)
    presets = PresetStore(database)
    comparisons = ComparisonStore(database)
    usage = UsageStore(database)
    discoveries = DiscoveredModelStore(database)
  }

  /// Stores a user and gives its identifier.
  func addUser(_ name: String) async throws -> UserID {
    try await users.insert(.sample(name)).id
  }

  /// What is in a table, as a plain number.
  func count(_ table: String) async throws -> Int {
    try await database.read { try $0.value("SELECT count(*) FROM \(identifier: table)") ?? -1 }
  }
}

extension ColumnSeal {
  /// A stand-in that can be seen in the database and that is tied to its context.
  static let reversing = ColumnSeal(
    seal: { bytes, context in Array((bytes + context.utf8).reversed()) },
    open: { sealed, context in
      let plain = Array(sealed.reversed())
      guard plain.suffix(context.utf8.count).elementsEqual(context.utf8) else { throw Broken() }
      return Array(plain.dropLast(context.utf8.count))
    })

  struct Broken: Error {}
}

/// The code of the `DomainError` that `body` throws; nil, and a failed test, when it throws none.
func errorThrown(by body: () async throws -> Void) async -> DomainError? {
  do {
    try await body()
    Issue.record("nothing was thrown")
  } catch let error as DomainError {
    return error
  } catch {
    Issue.record("another error was thrown: \(error)")
  }
  return nil
}
