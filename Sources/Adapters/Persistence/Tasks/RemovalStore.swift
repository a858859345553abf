package import Domain
package import SQLAccess

/// What is still to be removed on hosts.
package struct RemovalStore: RemovalStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func removals() async throws(DomainError) -> [Removal] {
    try await database.reading { transaction in
      try transaction.query("SELECT host_id, path FROM removals ORDER BY number").map { row in
        Removal(hostID: try row.get("host_id"), path: try row.get("path"))
      }
    }
  }

  package func forget(_ removal: Removal) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute(
        "DELETE FROM removals WHERE host_id = \(removal.hostID) AND path = \(removal.path)")
    }
  }
}

extension SQLTransaction {
  /// Notes what is to be removed on hosts.
  func note(_ removals: [Removal]) throws {
    for removal in removals {
      try execute(.insert(into: "removals", ["host_id": removal.hostID, "path": removal.path]))
    }
  }
}
