/// Speaks to an OpenAI-compatible engine.
package protocol ModelCalling: Sendable {
  /// The names the engine serves. Throws `upstream_failed` while it does not answer.
  func models(at address: EngineAddress) async throws(DomainError) -> [String]
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
