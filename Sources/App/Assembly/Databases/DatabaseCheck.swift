import Domain
import Persistence
package import SQLAccess

/// Looks a database through without changing it.
package enum DatabaseCheck {
  /// What each table holds.
  package static func digests(of database: any SQLDatabase) async throws -> [TableDigest] {
    try await database.read { transaction in
      try Schema.tables.map { try TableDigest(of: $0, in: transaction) }
    }
  }

  /// The servers that share it, and which of them is in charge, a sentence each; none where one server is alone.
  package static func servers(of database: any SQLDatabase) async throws -> [String] {
    let seen = try await ServerStore(database).servers()
    let leases = try await LeaseStore(database).leases().filter { $0.server != nil && $0.remaining > 0 }
    return seen.map { one in
      let held = leases.filter { $0.server == one.record.id }.map { lease in
        "; in charge of \(lease.subject.kind), token \(lease.token), for \(lease.remaining / 1000) s more"
      }
      return
        "server \(one.record.name) at \(one.record.url), version \(one.record.version), heard \(max(0, one.silence) / 1000) s ago"
        + held.joined()
    }
  }

  /// What is broken, a sentence each; PostgreSQL watches over its references itself.
  package static func problems(of database: any SQLDatabase) async throws -> [String] {
    guard database.dialect == .sqlite else { return [] }
    return try await database.read { transaction in
      let damage = try transaction.query("PRAGMA integrity_check(20)").map { try $0.get(0, as: String.self) }
      let references = try transaction.query("PRAGMA foreign_key_check").map { row in
        "a row of \(try row.get("table", as: String.self)) refers to one of \(try row.get("parent", as: String.self)) that is not there"
      }
      return damage.filter { $0 != "ok" } + references
    }
  }
}
