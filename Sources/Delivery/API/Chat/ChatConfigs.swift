import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// Whom a user's conversations go to (B4).
enum ChatConfigs {
  static func get(_ call: Call) async throws -> Response {
    let caller = try call.chatCaller(call.request.target.query["user_id"])
    return try reply(try await call.services.chatConfigs.config(for: caller), call)
  }

  static func change(_ call: Call) async throws -> Response {
    let body = try await call.body(ChatConfigRequest.self)
    let caller = try call.chatCaller(body.userID)
    let change = ChatConfigChange(
      modelType: body.modelType, model: body.model, maxTokens: body.maxTokens, customURL: body.customAPIURL,
      customModel: body.customModel, customKey: body.customAPIKey)
    return try reply(try await call.services.chatConfigs.change(change, for: caller), call)
  }

  private static func reply(_ config: UserChatConfig, _ call: Call) throws -> Response {
    let presets = call.services.chatConfigs.presets
    var (url, model, key): (String, String, String?) = ("", "", nil)
    let preset = presets.first { $0.id == config.modelType ?? presets.first { $0.url != nil }?.id }
    switch config.modelType {
    case UserChatConfig.customType:
      (url, model, key) = (config.custom?.url.text ?? "", config.custom?.model ?? "", config.custom?.key)
    case UserChatConfig.modelType: model = config.model ?? ""
    default: (url, model, key) = (preset?.url?.text ?? "", preset?.model ?? "", preset?.key)
    }
    return try .json(
      ChatConfigReply(
        llmAPIURL: url, llmModel: model, llmAPIKey: masked(key) ?? "",
        presetModels: presets.map {
          PresetReply(
            id: $0.id, name: $0.name, url: $0.url?.text, model: $0.model, available: $0.url != nil)
        },
        currentModelType: config.modelType ?? preset?.id ?? "", maxTokens: config.maxTokens,
        customAPIURL: config.custom?.url.text, customModel: config.custom?.model,
        customAPIKey: masked(config.custom?.key)))
  }

  /// The last four characters of a long key, none of a short one.
  private static func masked(_ key: String?) -> String? {
    key.map { $0.utf8.count >= 16 ? "****" + $0.suffix(4) : "****" }
  }
}
