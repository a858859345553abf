import Domain
import FoundationEssentials
import Glibc
import HTTPServing
import Persistence
import SQLAccess
import SecretSealing
import Services
import Storage

/// What a server has that shares its database with others.
struct ServerCompany: Sendable {
  let term: ServerTerm
  let holder: ChargeHolder
  /// Whether the host `local` is this machine.
  let isLocalHere: Bool
  /// What all servers of the installation find where they keep files, and whether it was made just now.
  private let mark: (text: String, isNew: Bool)
  /// For nothing but who is in charge: what is stored beside it must not hold that up.
  private let database: any SQLDatabase

  var charge: ServerCharge { term.charge }

  /// For the metrics: how many servers there are, and whether this one is in charge.
  var figures: @Sendable () async -> (servers: Int, isInCharge: Bool) {
    { [term] in await term.figures() }
  }

  /// Brings the database up to date, makes sure that all servers of it are one installation, and makes this one known.
  ///
  /// Throws a `StartError`, also where a server that is to be alone has the database.
  static func join(
    _ settings: Settings, secret: SecretKey, now: Timestamp, log: ServerLog
  ) async throws -> ServerCompany {
    let address = try DatabaseURL(settings.databaseURL)
    switch address {
    case .sqliteMemory, .sqliteFile:
      throw StartError("LUTHIER_SERVERS=many needs a PostgreSQL or MariaDB database: see DATABASE_URL.")
    case .postgres, .mysql: break
    }
    let record = ServerRecord(name: hostname(), url: settings.ownURL, version: Version.current)
    let facts = try await alone(address) { database in
      try await UnfinishedCopy.refuse(database)
      let applied = try await Schema.migrate(database, now: now.milliseconds)
      if !applied.isEmpty { log.info("database brought up to date", ["steps": String(applied.count)]) }
      let servers = ServerStore(database)
      let facts = try await installation(servers, settings, secret: secret)
      // Before others may come who are to be alone.
      try await servers.beat(record)
      return facts
    }
    let own = try await openDatabase(address, isForServer: false, readers: 1)
    let (servers, leases) = (ServerStore(own), LeaseStore(own))
    let holder = ChargeHolder(servers: servers, leases: leases)
    await holder.look()
    return ServerCompany(
      term: ServerTerm(
        server: record, charge: ServerCharge(), servers: servers, leases: leases, log: log), holder: holder,
      isLocalHere: facts.facts.machine == machine(), mark: (facts.facts.mark, facts.isNew), database: own)
  }

  /// Keeps a server off that is to be alone, where others share the database.
  static func refuseOthers(on database: any SQLDatabase) async throws {
    let seen = try await ServerStore(database).servers()
    guard let other = seen.first(where: { $0.silence < ServerTerm.patience }) else { return }
    throw StartError(
      "\(other.record.name) (\(other.record.url)) works on this database, or did a moment ago [in_use]. "
        + "End it, set LUTHIER_SERVERS=many for both, or give this one a database of its own.")
  }

  static let elsewhere = DomainError(
    .hostUnreachable, "This host is the machine of another server.",
    hint: "Start that server again: what runs there goes on meanwhile.", origin: .host)

  func close() async { await database.close() }

  private static func alone<Result: Sendable>(
    _ address: DatabaseURL, _ body: (any SQLDatabase) async throws -> Result
  ) async throws -> Result {
    let database = try await openDatabase(address, isForServer: true)
    do {
      let result = try await body(database)
      await database.close()
      return result
    } catch {
      await database.close()
      throw error
    }
  }

  private static func installation(
    _ servers: ServerStore, _ settings: Settings, secret: SecretKey
  ) async throws -> (facts: InstallationFacts, isNew: Bool) {
    let path = "\(settings.userDataDirectory)/.luthier-installation"
    let present = (try? String(contentsOfFile: path, encoding: .utf8)).map { text in
      String(text.prefix { !$0.isNewline })
    }
    let proposed = InstallationFacts(
      mark: present ?? randomUUID(), secretCheck: check(of: secret), machine: machine())
    let facts = try await servers.installation(orMaking: proposed)
    guard facts.secretCheck == proposed.secretCheck else {
      throw StartError(
        "SECRET_KEY is another than that of the first server of this database. All of them need the same.")
    }
    // Where files are kept elsewhere, the mark is there too: `agree(on:)` looks for it.
    if settings.storage != nil { return (facts, facts.mark == proposed.mark) }
    if facts.mark == present { return (facts, false) }
    guard present == nil, facts.mark == proposed.mark else {
      throw StartError(
        "\(settings.userDataDirectory) is not the folder of users' files that the other servers have. "
          + "Share it (REMOTE_USER_DATA_DIR). If it is the one, its file .luthier-installation must hold \(facts.mark)."
      )
    }
    do {
      try Data("\(facts.mark)\n".utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw StartError("\(path) could not be written: \(error)")
    }
    return (facts, true)
  }

  /// Makes sure that all servers keep files in the same place of an object store.
  ///
  /// Throws a `StartError` where it is not the one that the others have.
  func agree(on store: S3Store) async throws {
    let name = ".luthier-installation"
    let found = try await store.note(name)
    if found == mark.text { return }
    guard found == nil, mark.isNew else {
      throw StartError(
        "\(store.location.shown) is not where the other servers keep datasets. Set LUTHIER_STORAGE as they have it. "
          + "If it is the place, its object \(store.location.key(name)) must hold \(mark.text).")
    }
    try await store.setNote(name, mark.text)
  }

  private static func check(of secret: SecretKey) -> String {
    let bytes = HMACSHA256.authenticate(Array("the same".utf8), key: secret.derived(for: "installation"))
    return bytes.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// The same after a restart, and another in every container that has a name of its own.
  private static func machine() -> String {
    let id = (try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)) ?? ""
    return "\(id.prefix { $0.isHexDigit })/\(hostname())"
  }

  private static func hostname() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "a server" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
