package import Domain
package import SQLAccess

/// Hosts that were added, with their secrets sealed.
package struct HostStore: HostStoring {
  private let database: any SQLDatabase
  private let clock: WallClock
  private let seal: ColumnSeal

  /// - Parameter clock: gives events their time.
  package init(_ database: any SQLDatabase, clock: WallClock, seal: ColumnSeal) {
    self.database = database
    self.clock = clock
    self.seal = seal
  }

  package func insert(_ host: HostRecord, event: NewEvent) async throws(DomainError) -> EventRecord {
    let now = clock.now()
    let sealed = HostRow(host, seal)
    return try await database.writing { transaction in
      try transaction.refuseTakenName(of: host)
      try transaction.execute(
        .insert(
          into: "hosts",
          [
            "id": host.id, "name": host.name, "address": host.address, "port": host.port.map { Int64($0) },
            "login_name": host.user, "authentication": sealed.way, "key_path": sealed.keyPath,
            "sealed_key": sealed.key, "sealed_password": sealed.password, "jump_host": host.jumpHost,
            "user_data_directory": host.userDataDirectory, "work_directory": host.workDirectory,
            "virtual_environment": host.virtualEnvironment, "conda_environment": host.condaEnvironment,
            "trainer_command": host.trainerCommand, "slots": host.slots, "kind": host.kind.rawValue,
            "cluster_request": host.cluster.text, "created_by": host.createdBy,
            "created_at": host.createdAt,
          ]))
      return try transaction.append(event, at: now)
    }
  }

  package func hosts() async throws(DomainError) -> [HostRecord] {
    try await database.reading { [seal] transaction in
      try transaction.query("\(HostRow.selection) ORDER BY number").map { try HostRow.host($0, seal) }
    }
  }

  package func host(_ id: HostID) async throws(DomainError) -> HostRecord? {
    try await database.reading { [seal] transaction in
      try transaction.first("\(HostRow.selection) WHERE id = \(id)").map { try HostRow.host($0, seal) }
    }
  }

  package func update(_ host: HostRecord, event: NewEvent) async throws(DomainError) -> EventRecord? {
    let now = clock.now()
    let sealed = HostRow(host, seal)
    return try await database.writing { transaction in
      guard try transaction.first("SELECT id FROM hosts WHERE id = \(host.id)") != nil else { return nil }
      try transaction.refuseTakenName(of: host)
      try transaction.execute(
        """
        UPDATE hosts SET name = \(host.name), address = \(host.address), port = \(host.port.map { Int64($0) }),
          login_name = \(host.user), authentication = \(sealed.way), key_path = \(sealed.keyPath),
          sealed_key = \(sealed.key), sealed_password = \(sealed.password), jump_host = \(host.jumpHost),
          user_data_directory = \(host.userDataDirectory), work_directory = \(host.workDirectory),
          virtual_environment = \(host.virtualEnvironment), conda_environment = \(host.condaEnvironment),
          trainer_command = \(host.trainerCommand), slots = \(host.slots),
          cluster_request = \(host.cluster.text)
        WHERE id = \(host.id)
        """)
      return try transaction.append(event, at: now)
    }
  }

  package func delete(_ id: HostID, event: NewEvent) async throws(DomainError) -> HostDeletion {
    let now = clock.now()
    return try await database.writing { transaction in
      guard try transaction.first("SELECT id FROM hosts WHERE id = \(id)") != nil else { return .missing }
      let tasks = try transaction.query(
        """
        SELECT id FROM tasks WHERE host_id = \(id) AND state NOT IN \(list: TaskState.finalStates)
        ORDER BY number DESC
        """)
      let ended: [ServiceRecord.State] = [.stopped, .failed]
      let services: Int? = try transaction.value(
        "SELECT count(*) FROM services WHERE host_id = \(id) AND state NOT IN \(list: ended)")
      if !tasks.isEmpty || (services ?? 0) > 0 {
        return .inUse(tasks: try tasks.map { try $0.get("id") }, services: services ?? 0)
      }
      try transaction.execute("DELETE FROM hosts WHERE id = \(id)")
      // Nobody reaches it any more to remove what was noted.
      try transaction.execute("DELETE FROM removals WHERE host_id = \(id)")
      return .deleted(try transaction.append(event, at: now))
    }
  }
}

extension SQLTransaction {
  /// A second one would be refused by the table as well, but not in words.
  fileprivate func refuseTakenName(of host: HostRecord) throws {
    guard try first("SELECT id FROM hosts WHERE name = \(host.name) AND id <> \(host.id)") == nil else {
      throw DomainError.conflict("There is a host with this name already.", hint: "Choose another name.")
    }
  }
}
