/// A template, and how it was found.
package struct TemplateChoice: Sendable, Equatable {
  package enum Source: String, Sendable, CaseIterable {
    /// The trainer names it for this model.
    case knownModel = "known_model"
    /// The trainer names it for the chat models of this base model's family.
    case family
    /// A word in the model's name.
    case name
    /// `model_type` of the model's `config.json`.
    case modelType = "model_type"
    /// Nothing is known; plain text without special tokens.
    case fallback
  }

  package let template: String
  package let source: Source
}

/// Which prompt template a model is trained and served with.
///
/// A wrong one trains without complaint and answers nonsense, so it is chosen from the model, not left to be typed.
package enum PromptTemplates {
  /// The names that the trainer takes, sorted.
  package static let all: [String] = templateNames.split { $0 == " " || $0 == "\n" }.map(String.init)

  package static func exists(_ name: String) -> Bool { names.contains(name) }

  /// The template for a base model.
  ///
  /// - Parameters:
  ///   - name: a hub name, or the path of a folder. Its last part counts; for `checkpoint-100` and for the
  ///     `snapshots/<hash>` of a hub cache, the one before.
  ///   - modelType: `model_type` of the model's `config.json`, where there is one.
  ///   - hasChatTemplate: whether the model brings a chat template of its own. Without one, a model that only its
  ///     type speaks for may well be a plain base model, and of the Llama family that one has no chat tokens.
  package static func template(
    forModelNamed name: String, modelType: String? = nil, hasChatTemplate: Bool = false
  ) -> TemplateChoice {
    let part = tellingPart(of: name)
    if let choice = known[part] ?? known[withoutVariant(part)] { return choice }
    if let rule = nameRules.first(where: { part.contains($0.word) }) {
      return TemplateChoice(template: rule.template, source: .name)
    }
    if let modelType = modelType?.lowercased() {
      if modelType == "llama" {
        return TemplateChoice(template: hasChatTemplate ? "llama3" : "default", source: .modelType)
      }
      if let template = typeRules[modelType] { return TemplateChoice(template: template, source: .modelType) }
    }
    return TemplateChoice(template: "default", source: .fallback)
  }

  private static let names = Set(all)

  private static let known: [String: TemplateChoice] = {
    var result: [String: TemplateChoice] = [:]
    var template = ""
    var source = TemplateChoice.Source.knownModel
    for line in modelTable.split(separator: "\n") {
      if line.hasPrefix(" ") {
        for name in line.split(separator: " ") {
          let key = String(name)
          if source == .knownModel || result[key] == nil {
            result[key] = TemplateChoice(template: template, source: source)
          }
        }
      } else {
        source = line.hasSuffix("~") ? .family : .knownModel
        template = String(source == .family ? line.dropLast() : line)
      }
    }
    return result
  }()

  /// The part of a name or path that names the model, in lower case.
  private static func tellingPart(of name: String) -> String {
    var parts = name.lowercased().split { $0 == "/" || $0 == "\\" }
    while parts.count > 1, let last = parts.last, last.hasPrefix("checkpoint-") { parts.removeLast() }
    // A hub cache: models--owner--name/snapshots/<hash>.
    if parts.count > 2, parts[parts.count - 2] == "snapshots" { parts.removeLast(2) }
    guard let part = parts.last else { return "" }
    return part.hasPrefix("models--") ? lastField(of: part) : String(part)
  }

  /// What follows the last `--`.
  private static func lastField(of text: Substring) -> String {
    var start = text.startIndex
    for index in text.indices where text[index...].hasPrefix("--") {
      start = text.index(index, offsetBy: 2)
    }
    return String(text[start...])
  }

  /// The name without what conversions add to it: the files are others, the template is the same.
  private static func withoutVariant(_ part: String) -> String {
    var name = part[...]
    var changed = true
    while changed {
      changed = false
      for suffix in variantSuffixes where name.hasSuffix(suffix) {
        name = name.dropLast(suffix.count)
        changed = true
      }
    }
    return String(name)
  }

  private static let variantSuffixes = [
    "-gguf", "-awq", "-gptq", "-gptq-int4", "-gptq-int8", "-int4", "-int8", "-fp8", "-bf16", "-hf", "-4bit",
    "-8bit", "-bnb", "-unsloth", "-mlx",
  ]
}
