import Contract
import Domain
import HTTPServing
import Services

/// System prompts and parameters that users keep under names.
enum Presets {
  static func list(_ call: Call) async throws -> Response {
    let presets = try await call.services.presets.list(of: try call.user.id)
    return try .json(SavedPresetListReply(presets: presets.map(\.wire)))
  }

  static func create(_ call: Call) async throws -> Response {
    let body = try await call.body(CreatePresetRequest.self)
    let preset = try await call.services.presets.create(
      body.name, body.settings?.settings ?? ChatSettings(), model: body.model, for: try call.user.id)
    return try .json(preset.wire)
  }

  static func change(_ call: Call) async throws -> Response {
    let body = try await call.body(ChangePresetRequest.self)
    let change = PresetChange(name: body.name, settings: body.settings?.settings, model: body.model)
    let preset = try await call.services.presets.change(
      try call.identifier("The preset"), change, for: try call.user.id)
    return try .json(preset.wire)
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.services.presets.delete(try call.identifier("The preset"), for: try call.user.id)
    return try .json(MessageReply(message: "The preset was deleted."))
  }
}
