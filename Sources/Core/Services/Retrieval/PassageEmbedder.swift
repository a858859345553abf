package import Domain

/// Makes vectors of texts by whatever an index has chosen.
package struct PassageEmbedder: Sendable {
  private let backends: BackendCatalog
  private let calling: any TextEmbedding
  private let local: HostEmbedding
  private let ledger: UsageLedger

  package init(
    backends: BackendCatalog, calling: any TextEmbedding, local: HostEmbedding, ledger: UsageLedger
  ) {
    self.backends = backends
    self.calling = calling
    self.local = local
    self.ledger = ledger
  }

  /// Passages in one request to any model.
  static let mostPassages = 256

  /// Passages in one request: a model on a host is loaded for each.
  func most(for model: EmbeddingModel) -> Int { isLocal(model) ? Self.mostPassages : 32 }

  /// Seconds that the vector of a question may take.
  func patience(of model: EmbeddingModel) -> Double { isLocal(model) ? 120 : 15 }

  private func isLocal(_ model: EmbeddingModel) -> Bool { model.backend == EmbeddingModel.localBackend }

  /// Throws `invalid_input` for a model that no index can have.
  func check(_ model: EmbeddingModel) throws(DomainError) {
    guard (1...255).contains(model.model.utf8.count), AccountRules.isPrintable(model.model) else {
      throw .invalid("\"embed_model\" has 1 to 255 printable bytes.")
    }
    guard model.key == nil || model.isAddress else {
      throw .invalid(
        "\"embed_api_key\" belongs to an address of your own.", hint: "The server knows the others' keys.")
    }
    guard AccountRules.isUpstreamKey(model.key ?? "") else {
      throw .invalid("\"embed_api_key\" has at most 4096 characters, none of them a space.")
    }
    if model.backend != EmbeddingModel.mockBackend, !isLocal(model) { _ = try address(of: model) }
  }

  /// One for each text, each with a direction, all of one size.
  ///
  /// - Parameter limit: seconds it may take.
  func vectors(
    of texts: [String], by model: EmbeddingModel, for user: UserID, limit: Double
  ) async throws(DomainError) -> [QuantisedVector] {
    let found: [[Float]]
    if isLocal(model) {
      found = try await local.vectors(of: texts, by: model.model, for: user, limit: limit)
    } else if model.backend == EmbeddingModel.mockBackend {
      found = texts.map(MockEmbedding.vector(of:))
    } else {
      found = try await calling.vectors(of: texts, at: try address(of: model), limit: limit)
      let tokens = texts.reduce(0) { $0 + ContextWindow.tokens(in: $1) }
      ledger.add(
        TokenUsage(prompt: tokens, completion: 0, isEstimate: true), userID: user, keyID: nil,
        model: model.model)
    }
    let vectors = found.compactMap(QuantisedVector.init)
    guard vectors.count == texts.count else {
      throw DomainError(
        .upstreamFailed, "The embedding model gave a vector without a direction.",
        hint: "Is it a model for embeddings?", origin: .upstream)
    }
    return vectors
  }

  private func address(of model: EmbeddingModel) throws(DomainError) -> EngineAddress {
    if model.isAddress {
      return EngineAddress(
        url: try UpstreamURL(model.backend), key: model.key, model: model.model, isForeign: true)
    }
    if model.backend == EmbeddingModel.ollamaBackend,
      let address = backends.ollama?.address(named: OllamaModels.prefix + model.model)
    {
      return address
    }
    if let preset = backends.presets.first(where: { $0.id == model.backend || $0.name == model.backend }),
      let url = preset.url
    {
      return EngineAddress(url: url, key: preset.key, model: model.model, isForeign: false)
    }
    throw .invalid(
      "There is no embedding backend \"\(String(model.backend.prefix(100)))\".",
      hint:
        "Name a preset of the server, ollama, local, mock, or an address such as http://127.0.0.1:8080/v1.")
  }
}
