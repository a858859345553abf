import Domain
import Glibc
import Persistence
import SQLAccess
import Services

/// A database that a command opens.
struct DatabasePlace: Sendable {
  enum Company {
    /// No server may work on it meanwhile.
    case alone
    /// It is only looked at.
    case beside
  }

  let address: DatabaseURL
  /// Folders whose lock a server that works on it would hold.
  private let folders: [String]

  /// - Parameters:
  ///   - dataFolder: the installation's.
  ///   - isOwn: whether it is the one that the installation's server would open.
  init(_ address: DatabaseURL, dataFolder: String, isOwn: Bool) {
    self.address = address
    var folders = isOwn ? [dataFolder] : []
    if case .sqliteFile(let path) = address, let slash = path.lastIndex(of: "/") {
      folders.append(String(path[..<slash]))
    }
    self.folders = folders
  }

  /// Lends the database, open.
  ///
  /// - Parameter makes: whether a file that is not there is made.
  func open<Result: Sendable>(
    _ company: Company, makes: Bool, _ body: (any SQLDatabase) async throws -> Result
  ) async throws -> Result {
    if company == .alone, folders.contains(where: { DataFolderLock.isHeld(folder: $0) }) {
      throw DatabaseFault("a server works on this database", cure: "Stop it first.")
    }
    if case .sqliteMemory = address {
      throw DatabaseFault("a database in memory is gone at once", cure: "Name a file or a server.")
    }
    if case .sqliteFile(let path) = address, !makes, access(path, F_OK) != 0 {
      throw DatabaseFault("there is no database at \(path)", cure: "See DATABASE_URL and LUTHIER_DATA_DIR.")
    }
    let database = try await openDatabase(address, isForServer: company == .alone)
    do {
      // A database without that table has had no servers that share it.
      if company == .alone, let seen = try? await ServerStore(database).servers(),
        seen.contains(where: { $0.silence < ServerTerm.patience })
      {
        throw DatabaseFault("a server works on this database, or did a moment ago", cure: "Stop it first.")
      }
      let result = try await body(database)
      await database.close()
      return result
    } catch {
      await database.close()
      throw error
    }
  }
}
