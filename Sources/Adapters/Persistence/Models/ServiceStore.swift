package import Domain
package import SQLAccess

/// Seals a column before it is stored, and opens it when it is read.
///
/// The context ties a sealed value to its row: moved to another one, it does not open.
package struct ColumnSeal: Sendable {
  package let seal: @Sendable (_ bytes: [UInt8], _ context: String) -> [UInt8]
  /// Throws when the key is another or the value was changed.
  package let open: @Sendable (_ sealed: [UInt8], _ context: String) throws -> [UInt8]

  package init(
    seal: @escaping @Sendable (_ bytes: [UInt8], _ context: String) -> [UInt8],
    open: @escaping @Sendable (_ sealed: [UInt8], _ context: String) throws -> [UInt8]
  ) {
    self.seal = seal
    self.open = open
  }
}

/// Running model services, with the engines' keys sealed.
package struct ServiceStore: ServiceStoring {
  private let database: any SQLDatabase
  private let clock: WallClock
  private let seal: ColumnSeal

  /// - Parameter clock: gives events their time.
  package init(_ database: any SQLDatabase, clock: WallClock, seal: ColumnSeal) {
    self.database = database
    self.clock = clock
    self.seal = seal
  }

  package func insert(_ service: ServiceRecord, event: NewEvent) async throws(DomainError) -> EventRecord {
    let now = clock.now()
    let sealedKey = seal.seal(Array(service.key.utf8), Self.context(service.id))
    return try await database.writing { transaction in
      try transaction.execute(
        .insert(
          into: "services",
          [
            "id": service.id, "user_id": service.userID, "host_id": service.hostID,
            "model_path": service.modelPath, "base_model": service.baseModel,
            "template": service.template, "system_prompt": service.systemPrompt,
            "engine": service.engine, "memory": service.memory, "directory": service.directory,
            "port": service.port,
            "gpu": service.gpu.flatMap { GPUShare.text([$0]) },
            "sealed_key": sealedKey, "state": service.state, "reason": service.reason,
            "created_at": service.createdAt, "last_used_at": service.lastUsedAt,
          ]))
      return try transaction.append(event, at: now)
    }
  }

  /// Throws `not_found` where the service was deleted.
  package func update(_ service: ServiceRecord, event: NewEvent?) async throws(DomainError) -> EventRecord? {
    let now = clock.now()
    return try await database.writing { transaction in
      let changed = try transaction.execute(
        """
        UPDATE services SET \(.assignments([
          "state": service.state, "reason": service.reason, "last_used_at": service.lastUsedAt,
        ])) WHERE id = \(service.id)
        """)
      if changed == 0 { throw DomainError.notFound("The model service") }
      return try event.map { try transaction.append($0, at: now) }
    }
  }

  /// Oldest first.
  ///
  /// Where the installation's secret was replaced, `key` is empty: such an engine answers nobody, and is
  /// only good to be stopped by its folder.
  package func live() async throws(DomainError) -> [ServiceRecord] {
    let over: [ServiceRecord.State] = [.stopped, .failed]
    return try await database.reading { [seal] transaction in
      try transaction.query(
        """
        SELECT id, user_id, host_id, model_path, base_model, template, system_prompt, engine,
          memory, directory, port, gpu, sealed_key, state,
          reason, created_at, last_used_at FROM services
        WHERE state NOT IN \(list: over) ORDER BY number
        """
      ).map { try ServiceRecord(row: $0, seal: seal) }
    }
  }

  package func delete(_ id: ServiceID) async throws(DomainError) {
    _ = try await database.writing { try $0.execute("DELETE FROM services WHERE id = \(id)") }
  }

  fileprivate static func context(_ id: ServiceID) -> String { "services.key/\(id.rawValue)" }
}

extension ServiceRecord {
  fileprivate init(row: Row, seal: ColumnSeal) throws {
    let id: ServiceID = try row.get("id")
    let key = (try? seal.open(try row.get("sealed_key"), ServiceStore.context(id))) ?? []
    self.init(
      id: id, userID: try row.get("user_id"), hostID: try row.get("host_id"),
      modelPath: try row.get("model_path"), baseModel: try row.get("base_model"),
      template: try row.get("template"), systemPrompt: try row.get("system_prompt"),
      engine: try row.get("engine"), memory: try row.get("memory"), directory: try row.get("directory"),
      port: try row.get("port"),
      gpu: GPUShare.list(try row.get("gpu")).first, key: String(decoding: key, as: UTF8.self),
      state: try row.get("state"),
      reason: try row.get("reason"), createdAt: try row.get("created_at"),
      lastUsedAt: try row.get("last_used_at"))
  }
}
