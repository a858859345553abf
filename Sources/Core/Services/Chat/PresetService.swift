package import Domain

/// What a user changes of a preset; nil leaves a part as it is.
package struct PresetChange: Sendable, Equatable {
  package let name: String?
  /// All of them at once.
  package let settings: ChatSettings?
  /// Empty: the preset chooses no model any more.
  package let model: String?

  package init(name: String? = nil, settings: ChatSettings? = nil, model: String? = nil) {
    self.name = name
    self.settings = settings
    self.model = model
  }
}

/// System prompts and parameters that a user keeps under names.
package struct PresetService: Sendable {
  private let store: any PresetStoring
  private let clock: WallClock

  /// Presets of a user.
  static let most = 200

  package init(store: any PresetStoring, clock: WallClock) {
    self.store = store
    self.clock = clock
  }

  /// A user's presets by name.
  package func list(of user: UserID) async throws(DomainError) -> [SavedPreset] {
    try await store.presets(owner: user)
  }

  /// Throws `invalid_input` for what it must not hold, and `conflict` where the user has one of this name.
  package func create(
    _ name: String, _ settings: ChatSettings, model: String?, for user: UserID
  ) async throws(DomainError) -> SavedPreset {
    let now = clock.now()
    let preset = SavedPreset(
      id: .make(), userID: user, name: try Self.checked(name: name), settings: try settings.checked(),
      model: try Self.checked(model: model), createdAt: now, updatedAt: now)
    try await store.insert(preset, limit: Self.most)
    return preset
  }

  /// Throws as `create` does, and `not_found` for a preset that is not the user's.
  package func change(
    _ id: PresetID, _ change: PresetChange, for user: UserID
  ) async throws(DomainError) -> SavedPreset {
    guard var preset = try await store.preset(id, owner: user) else { throw Self.missing }
    if let name = change.name { preset.name = try Self.checked(name: name) }
    if let settings = change.settings { preset.settings = try settings.checked() }
    if let model = change.model { preset.model = try Self.checked(model: model) }
    preset.updatedAt = clock.now()
    guard try await store.update(preset) else { throw Self.missing }
    return preset
  }

  /// Throws `not_found` for a preset that is not the user's.
  package func delete(_ id: PresetID, for user: UserID) async throws(DomainError) {
    guard try await store.delete(id, owner: user) else { throw Self.missing }
  }

  package static var missing: DomainError { .notFound("The preset") }

  private static func checked(name: String) throws(DomainError) -> String {
    let trimmed = TypedLine.trimmed(name)
    guard AccountRules.isPrintable(name), TypedLine.isLine(trimmed, upTo: 80) else {
      throw .invalid("A preset's name has 1 to 80 printable characters.")
    }
    return trimmed
  }

  private static func checked(model: String?) throws(DomainError) -> String? {
    guard let model, !model.isEmpty else { return nil }
    guard model.utf8.count <= 1024, AccountRules.isPrintable(model) else {
      throw .invalid("\"model\" has at most 1024 printable bytes.")
    }
    return model
  }
}
