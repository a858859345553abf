import Domain
import FoundationEssentials

/// The model servers that the operator offers, read from the environment and a file.
///
/// The two of the requirement documents are always there; without an address they are shown as not set up.
enum Presets {
  /// One entry of the file that `LUTHIER_PRESETS` names: a server, or with `targets` a name for several.
  private struct Entry: Decodable {
    struct Target: Decodable {
      let preset: String
      let weight: Int?
    }

    let id: String
    let name: String?
    let url: String?
    let model: String?
    let targets: [Target]?
    let fallbacks: [String]?
    let key: String?
    /// The variable that holds the key, so that the file need not.
    let keyEnvironment: String?
    let contextTokens: Int?

    private enum CodingKeys: String, CodingKey {
      case id, name, url, model, targets, fallbacks, key, keyEnvironment = "key_env", contextTokens =
        "context_tokens"
    }
  }

  /// Throws `SettingsError` with everything that is wrong; an entry of the file replaces one of its `id`.
  static func read(_ settings: Settings, environment: [String: String]) throws(SettingsError)
    -> (single: [ChatPreset], aliases: [ModelAlias])
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
    let entries = try entries(settings.presetFile)
    for entry in entries where entry.targets == nil {
      guard isIdentifier(entry.id) else {
        problems.append("LUTHIER_PRESETS: \"\(entry.id.prefix(64))\" cannot be a preset's id.")
        continue
      }
      guard let model = entry.model, !model.isEmpty else {
        problems.append("LUTHIER_PRESETS, \(entry.id): \"model\" is missing.")
        continue
      }
      let preset = ChatPreset(
        id: entry.id, name: entry.name ?? entry.id, url: address(entry.url, "LUTHIER_PRESETS, \(entry.id)"),
        model: model, key: entry.key ?? entry.keyEnvironment.flatMap(text),
        contextTokens: entry.contextTokens)
      presets.removeAll { $0.id == preset.id }
      presets.append(preset)
    }
    let aliases = aliases(entries, among: presets, &problems)
    if !problems.isEmpty { throw SettingsError(problems: problems) }
    return (presets, aliases)
  }

  private static func aliases(
    _ entries: [Entry], among presets: [ChatPreset], _ problems: inout [String]
  ) -> [ModelAlias] {
    var aliases: [ModelAlias] = []
    for entry in entries {
      guard let targets = entry.targets else { continue }
      let named = targets.map(\.preset) + (entry.fallbacks ?? [])
      let unknown = named.filter { name in !presets.contains { $0.id == name } }
      if !isIdentifier(entry.id) || presets.contains(where: { $0.id == entry.id })
        || aliases.contains(where: { $0.id == entry.id })
      {
        problems.append("LUTHIER_PRESETS: \"\(entry.id.prefix(64))\" cannot be a second id.")
      } else if targets.isEmpty || targets.contains(where: { !(1...1000).contains($0.weight ?? 1) })
        || Set(targets.map(\.preset)).count != targets.count || entry.url != nil || entry.model != nil
      {
        problems.append(
          "LUTHIER_PRESETS, \(entry.id): \"targets\" are different presets with weights from 1 to 1000, "
            + "without a url and a model beside them.")
      } else if let name = unknown.first {
        problems.append("LUTHIER_PRESETS, \(entry.id): there is no preset \"\(name.prefix(64))\".")
      } else {
        aliases.append(
          ModelAlias(
            id: entry.id, name: entry.name ?? entry.id,
            targets: targets.map { .init(preset: $0.preset, weight: $0.weight ?? 1) },
            fallbacks: entry.fallbacks ?? []))
      }
    }
    return aliases
  }

  private static func entries(_ path: String?) throws(SettingsError) -> [Entry] {
    guard let path else { return [] }
    do {
      return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw SettingsError(problems: [
        "LUTHIER_PRESETS: \(path) is no list of {\"id\", \"name\", \"url\", \"model\", \"key_env\"} and {\"id\", \"targets\"}."
      ])
    }
  }

  /// `custom` and `model` are choices of their own.
  private static func isIdentifier(_ text: String) -> Bool {
    Identifier<ChatPreset>(checking: text) != nil && text != UserChatConfig.customType
      && text != UserChatConfig.modelType
  }
}
