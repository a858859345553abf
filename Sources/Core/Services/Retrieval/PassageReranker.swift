package import Domain

/// Puts passages into their last order by whatever an index has chosen.
package struct PassageReranker: Sendable {
  private let backends: BackendCatalog
  private let calling: any TextRanking
  private let ledger: UsageLedger

  /// Seconds that it may take: a person waits for an answer.
  static let patience = 15.0

  package init(backends: BackendCatalog, calling: any TextRanking, ledger: UsageLedger) {
    self.backends = backends
    self.calling = calling
    self.ledger = ledger
  }

  /// Throws `invalid_input` for a model that no index can have.
  func check(_ model: RerankingModel) throws(DomainError) {
    guard (1...255).contains(model.model.utf8.count), AccountRules.isPrintable(model.model) else {
      throw .invalid("\"rerank_model\" has 1 to 255 printable bytes.")
    }
    guard model.key == nil || model.isAddress else {
      throw .invalid(
        "\"rerank_api_key\" belongs to an address of your own.", hint: "The server knows the others' keys.")
    }
    guard AccountRules.isUpstreamKey(model.key ?? "") else {
      throw .invalid("\"rerank_api_key\" has at most 4096 characters, none of them a space.")
    }
    if model.backend != RerankingModel.mockBackend { _ = try address(of: model) }
  }

  /// The passages in the order that the model gives them; in the one they had, with the reason, where it fails.
  func reranked(
    _ joined: JoinedPassages, for question: String, by model: RerankingModel, as user: UserID
  ) async -> JoinedPassages {
    let texts = joined.ranked.prefix(RerankingModel.mostPassages).map {
      // The name of a document and the titles say what a passage is about that does not say it itself.
      $0.title + "\n\n" + $0.passage.text
    }
    // Of one there is no order.
    guard texts.count > 1 else { return joined }
    guard model.backend != RerankingModel.mockBackend else {
      return joined.reranked(by: texts.map { MockReranking.score(of: $0, for: question) })
    }
    do throws(DomainError) {
      let scores = try await calling.scores(
        of: texts, for: question, at: try address(of: model), limit: Self.patience)
      let tokens = (texts + [question]).reduce(0) { $0 + ContextWindow.tokens(in: $1) }
      ledger.add(
        TokenUsage(prompt: tokens, completion: 0, isEstimate: true), userID: user, keyID: nil,
        model: model.model)
      return joined.reranked(by: scores)
    } catch {
      return joined.keeping(because: error.message)
    }
  }

  private func address(of model: RerankingModel) throws(DomainError) -> EngineAddress {
    if model.isAddress {
      return EngineAddress(
        url: try UpstreamURL(model.backend), key: model.key, model: model.model, isForeign: true)
    }
    if let preset = backends.presets.first(where: { $0.id == model.backend || $0.name == model.backend }),
      let url = preset.url
    {
      return EngineAddress(url: url, key: preset.key, model: model.model, isForeign: false)
    }
    throw .invalid(
      "There is no reranking backend \"\(String(model.backend.prefix(100)))\".",
      hint: "Name a preset of the server, mock, or an address such as http://127.0.0.1:8080/v1.")
  }
}
