import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire

/// What a task may set; the same for every user.
enum TrainingOptions {
  static func list(_ call: Call) async throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let arguments = try ArgumentCatalogue.all.filter { ArgumentPolicy.refusal(of: $0.name) == nil }.map {
      let own = try TrainingArguments.defaults[$0.name].map {
        String(decoding: try encoder.encode($0.json), as: UTF8.self)
      }
      return TrainingArgumentReply(
        name: $0.name, expectation: $0.expectation, defaultJSON: own ?? $0.defaultJSON, choices: $0.choices,
        help: $0.help)
    }
    return try .json(TrainingOptionsReply(templates: PromptTemplates.all, arguments: arguments))
  }
}
