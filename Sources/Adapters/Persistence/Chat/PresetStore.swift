package import Domain
package import SQLAccess

/// Users' own presets.
package struct PresetStore: PresetStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func presets(owner: UserID) async throws(DomainError) -> [SavedPreset] {
    try await database.reading { transaction in
      try transaction.query("\(SavedPreset.selection) WHERE user_id = \(owner) ORDER BY name, number")
        .map(SavedPreset.init(row:))
    }
  }

  package func preset(_ id: PresetID, owner: UserID) async throws(DomainError) -> SavedPreset? {
    try await database.reading { transaction in
      try transaction.first("\(SavedPreset.selection) WHERE id = \(id) AND user_id = \(owner)")
        .map(SavedPreset.init(row:))
    }
  }

  package func insert(_ preset: SavedPreset, limit: Int) async throws(DomainError) {
    let settings = preset.settings
    _ = try await database.writing { transaction in
      try transaction.checkName(of: preset)
      let count: Int? = try transaction.value(
        "SELECT COUNT(*) FROM chat_presets WHERE user_id = \(preset.userID)")
      guard (count ?? 0) < limit else {
        throw DomainError(
          .quota, "You have \(limit) presets already.", hint: "Delete one that you do not use.")
      }
      return try transaction.execute(
        .insert(
          into: "chat_presets",
          [
            "id": preset.id, "user_id": preset.userID, "name": preset.name, "model": preset.model,
            "system_prompt": settings.systemPrompt, "temperature": settings.temperature,
            "top_p": settings.topP, "top_k": settings.topK, "max_tokens": settings.maxTokens,
            "seed": settings.seed, "created_at": preset.createdAt, "updated_at": preset.updatedAt,
          ]))
    }
  }

  package func update(_ preset: SavedPreset) async throws(DomainError) -> Bool {
    let settings = preset.settings
    return try await database.writing { transaction in
      try transaction.checkName(of: preset)
      let columns = SQL.assignments([
        "name": preset.name, "model": preset.model, "system_prompt": settings.systemPrompt,
        "temperature": settings.temperature, "top_p": settings.topP, "top_k": settings.topK,
        "max_tokens": settings.maxTokens, "seed": settings.seed, "updated_at": preset.updatedAt,
      ])
      return try transaction.execute(
        "UPDATE chat_presets SET \(columns) WHERE id = \(preset.id) AND user_id = \(preset.userID)") > 0
    }
  }

  package func delete(_ id: PresetID, owner: UserID) async throws(DomainError) -> Bool {
    try await database.writing { transaction in
      try transaction.execute("DELETE FROM chat_presets WHERE id = \(id) AND user_id = \(owner)") > 0
    }
  }
}

extension SQLTransaction {
  fileprivate func checkName(of preset: SavedPreset) throws {
    let other = try first(
      """
      SELECT id FROM chat_presets
      WHERE user_id = \(preset.userID) AND name = \(preset.name) AND id <> \(preset.id)
      """)
    guard other == nil else {
      throw DomainError.conflict("You have a preset of this name.", hint: "Give it another name.")
    }
  }
}

extension SavedPreset {
  fileprivate static let selection: SQL = """
    SELECT id, user_id, name, model, \(ChatSettings.columns), created_at, updated_at FROM chat_presets
    """

  fileprivate init(row: Row) throws {
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), name: try row.get("name"),
      settings: try ChatSettings(row: row), model: try row.get("model"),
      createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
  }
}
