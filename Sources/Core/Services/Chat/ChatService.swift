package import Domain

/// Answers with a user's models.
package struct ChatService: Sendable {
  private let catalog: ModelCatalog
  private let runtime: ModelRuntime
  private let calling: any ModelCalling

  package init(catalog: ModelCatalog, runtime: ModelRuntime, calling: any ModelCalling) {
    self.catalog = catalog
    self.runtime = runtime
    self.calling = calling
  }

  /// The whole answer.
  package func complete(
    _ request: GenerationRequest, model: String, baseModel: String?, for user: UserID
  ) async throws -> GenerationResult {
    try request.checkTurns()
    let resolved = try await catalog.resolve(model, baseModel: baseModel, for: user)
    return try await runtime.use(resolved, for: user) { address in
      try await calling.reply(to: request, at: address)
    }
  }

  /// The answer in pieces, as they come.
  ///
  /// What can fail before the first piece does so in `prepare`, while it can still be an ordinary error.
  package func stream(
    _ request: GenerationRequest, model: String, for user: UserID,
    receive: @Sendable (String) async throws -> Void
  ) async throws -> GenerationResult {
    try request.checkTurns()
    let resolved = try await catalog.resolve(model, baseModel: nil, for: user)
    return try await runtime.use(resolved, for: user) { address in
      try await calling.stream(request, at: address, receive: receive)
    }
  }

  /// Checks the request and loads the model, so that what can fail does so before an answer begins.
  package func prepare(_ request: GenerationRequest, model: String, for user: UserID) async throws {
    try request.checkTurns()
    _ = try await runtime.start(try await catalog.resolve(model, baseModel: nil, for: user), for: user)
  }
}
