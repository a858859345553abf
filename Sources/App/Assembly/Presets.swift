import Domain
import FoundationEssentials

/// The model servers that the operator offers, read from the environment and a file.
///
/// The two of the requirement documents are always there; without an address they are shown as not set up.
enum Presets {
  /// One entry of the file that `LUTHIER_PRESETS` names.
  private struct Entry: Decodable {
    let id: String
    let name: String?
    let url: String?
    let model: String
    let key: String?
    /// The variable that holds the key, so that the file need not.
    let keyEnvironment: String?
    let contextTokens: Int?

    private enum CodingKeys: String, CodingKey {
      case id, name, url, model, key, keyEnvironment = "key_env", contextTokens = "context_tokens"
    }
  }

  /// Throws `SettingsError` with everything that is wrong; an entry of the file replaces one of its `id`.
  static func read(_ settings: Settings, environment: [String: String]) throws(SettingsError) -> [ChatPreset]
  {
    var problems: [String] = []
    func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    func address(_ text: String?, _ name: String) -> UpstreamURL? {
      do throws(DomainError) { return try text.map(UpstreamURL.init) } catch {
        problems.append("\(name): \(error.message) \(error.hint ?? "")")
        return nil
      }
    }
    var presets = [
      ChatPreset(
        id: "codegeex", name: "CodeGeeX4", url: address(text("LLM_API_URL"), "LLM_API_URL"),
        model: text("LLM_MODEL") ?? "codegeex4-all-9b", key: text("LLM_API_KEY")),
      ChatPreset(
        id: "glm4", name: "GLM-4 32B", url: address(text("LUTHIER_GLM_API_URL"), "LUTHIER_GLM_API_URL"),
        model: text("LUTHIER_GLM_MODEL") ?? "glm4_32B_chat", key: text("LUTHIER_GLM_API_KEY")),
    ]
    for entry in try entries(settings.presetFile) {
      guard isIdentifier(entry.id) else {
        problems.append("LUTHIER_PRESETS: \"\(entry.id.prefix(64))\" cannot be a preset's id.")
        continue
      }
      let preset = ChatPreset(
        id: entry.id, name: entry.name ?? entry.id, url: address(entry.url, "LUTHIER_PRESETS, \(entry.id)"),
        model: entry.model, key: entry.key ?? entry.keyEnvironment.flatMap(text),
        contextTokens: entry.contextTokens)
      presets.removeAll { $0.id == preset.id }
      presets.append(preset)
    }
    if !problems.isEmpty { throw SettingsError(problems: problems) }
    return presets
  }

  private static func entries(_ path: String?) throws(SettingsError) -> [Entry] {
    guard let path else { return [] }
    do {
      return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw SettingsError(problems: [
        "LUTHIER_PRESETS: \(path) is no list of {\"id\", \"name\", \"url\", \"model\", \"key_env\"}."
      ])
    }
  }

  /// `custom` and `model` are choices of their own.
  private static func isIdentifier(_ text: String) -> Bool {
    Identifier<ChatPreset>(checking: text) != nil && text != UserChatConfig.customType
      && text != UserChatConfig.modelType
  }
}
