/// `GET /api/training/options`: what a task may set.
package struct TrainingOptionsReply: Codable, Sendable {
  /// LLaMA-Factory's prompt templates.
  package let templates: [String]
  /// Every argument of the pinned trainer that may be set, in its own order.
  package let arguments: [TrainingArgumentReply]

  package init(templates: [String], arguments: [TrainingArgumentReply]) {
    self.templates = templates
    self.arguments = arguments
  }
}

/// One argument of LLaMA-Factory.
package struct TrainingArgumentReply: Codable, Sendable {
  package let name: String
  /// The types it takes, in words: "an integer or null".
  package let expectation: String
  /// What holds where nothing is said, as JSON text: Luthier's own value where it has one, else the trainer's.
  package let defaultJSON: String
  /// The strings it is limited to; empty where any is taken.
  package let choices: [String]
  /// The trainer's own help, one English line.
  package let help: String

  package init(name: String, expectation: String, defaultJSON: String, choices: [String], help: String) {
    self.name = name
    self.expectation = expectation
    self.defaultJSON = defaultJSON
    self.choices = choices
    self.help = help
  }

  private enum CodingKeys: String, CodingKey {
    case name, expectation, defaultJSON = "default_json", choices, help
  }
}
