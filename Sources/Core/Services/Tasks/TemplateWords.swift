import Domain

/// How a template was found, for people.
enum TemplateWords {
  static let chosen = "You chose it."

  static func reason(_ choice: TemplateChoice) -> String {
    switch choice.source {
    case .knownModel: "LLaMA-Factory names it for this model."
    case .family: "The chat models of this base model's family use it."
    case .name: "The model's name tells its family."
    case .modelType: "The model_type of config.json tells its family."
    case .fallback: "Nothing is known of this model: plain text without special tokens."
    }
  }
}
