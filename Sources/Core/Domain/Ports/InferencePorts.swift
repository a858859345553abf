/// Speaks to an OpenAI-compatible engine.
package protocol ModelCalling: Sendable {
  /// The names the engine serves. Throws `upstream_failed` while it does not answer.
  func models(at address: EngineAddress) async throws(DomainError) -> [String]
  /// The models of an Ollama server and what it tells of them; of another server their names.
  func details(at address: EngineAddress) async throws(DomainError) -> [ServedModel]
  /// Gives a running vLLM one more adapter on its base; one that is there already is not an error.
  func loadAdapter(_ folder: String, named name: String, at address: EngineAddress) async throws(DomainError)
  /// The whole answer.
  func reply(to request: GenerationRequest, at address: EngineAddress) async throws(DomainError)
    -> GenerationResult
  /// The answer in pieces, as they come; the next piece is read when `receive` has returned, and
  /// what it throws ends the generation at the engine too.
  func stream(
    _ request: GenerationRequest, at address: EngineAddress,
    receive: (String) async throws -> Void
  ) async throws -> GenerationResult
}

extension ModelCalling {
  package func details(at address: EngineAddress) async throws(DomainError) -> [ServedModel] {
    try await models(at: address).map { ServedModel(name: $0) }
  }
}

/// A model that another server has.
package struct ServedModel: Sendable, Equatable {
  package let name: String
  /// Bytes; nil where the server does not tell.
  package let size: Int64?
  package let modifiedAt: Timestamp?

  package init(name: String, size: Int64? = nil, modifiedAt: Timestamp? = nil) {
    self.name = name
    self.size = size
    self.modifiedAt = modifiedAt
  }
}
