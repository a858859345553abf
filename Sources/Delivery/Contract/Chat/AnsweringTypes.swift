/// What kind of server answers.
package enum AnsweringKind: String, WireEnum {
  /// An OpenAI-compatible server at `url`.
  case compatible
  /// Says back what it was told: for trying things out.
  case mock
}

/// Who answers this one message, in place of the configuration's choice; nothing of it is stored.
package struct AnsweringBackend: Codable, Sendable {
  package let kind: AnsweringKind
  /// With `compatible`: an address such as `http://127.0.0.1:11434/v1`.
  package let url: String?
  /// With `compatible`: the model's name there.
  package let model: String?
  package let apiKey: String?

  package init(kind: AnsweringKind, url: String? = nil, model: String? = nil, apiKey: String? = nil) {
    self.kind = kind
    self.url = url
    self.model = model
    self.apiKey = apiKey
  }

  private enum CodingKeys: String, CodingKey { case kind, url, model, apiKey = "api_key" }
}
