import Contract
import Domain
import Services

extension AnsweringBackend {
  /// Where the answer is asked for.
  ///
  /// Throws `invalid_input` for what cannot be an address, a model's name or a key.
  func engine() throws(DomainError) -> EngineAddress {
    switch kind {
    case .mock:
      guard url == nil, model == nil, apiKey == nil else {
        throw .invalid("The backend \"mock\" takes nothing else.", hint: "Leave the rest of it out.")
      }
      return .mock
    case .compatible:
      guard let url, let model else {
        throw .invalid(
          "The backend needs \"url\" and \"model\".", hint: "Give the server's address and model.")
      }
      guard (1...255).contains(model.utf8.count), AccountRules.isPrintable(model) else {
        throw .invalid("The backend's \"model\" has 1 to 255 printable bytes.")
      }
      guard AccountRules.isUpstreamKey(apiKey ?? "") else {
        throw .invalid("The backend's \"api_key\" has at most 4096 characters, none of them a space.")
      }
      let key = apiKey.flatMap { $0.isEmpty ? nil : $0 }
      return EngineAddress(url: try UpstreamURL(url), key: key, model: model, isForeign: true)
    }
  }
}
