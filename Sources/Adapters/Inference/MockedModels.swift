package import Domain

/// Answers for the address `EngineAddress.mock`, and hands every other question on.
package struct MockedModels: ModelCalling {
  private let others: any ModelCalling

  package init(others: any ModelCalling) { self.others = others }

  /// What the mock says to a conversation.
  package static func answer(to request: GenerationRequest) -> String {
    "You said: " + (request.turns.last { $0.role == .user }?.content ?? "")
  }

  package func models(at address: EngineAddress) async throws(DomainError) -> [String] {
    address.isMock ? [address.model] : try await others.models(at: address)
  }

  package func details(at address: EngineAddress) async throws(DomainError) -> [ServedModel] {
    address.isMock ? [ServedModel(name: address.model)] : try await others.details(at: address)
  }

  package func loadAdapter(_ folder: String, named name: String, at address: EngineAddress)
    async throws(DomainError)
  {
    try await others.loadAdapter(folder, named: name, at: address)
  }

  package func reply(to request: GenerationRequest, at address: EngineAddress) async throws(DomainError)
    -> GenerationResult
  {
    guard address.isMock else { return try await others.reply(to: request, at: address) }
    return GenerationResult(
      content: Self.answer(to: request), finishReason: "stop", promptTokens: nil, completionTokens: nil)
  }

  package func stream(
    _ request: GenerationRequest, at address: EngineAddress, receive: (String) async throws -> Void
  ) async throws -> GenerationResult {
    guard address.isMock else {
      return try await others.stream(request, at: address, receive: receive)
    }
    let answer = Self.answer(to: request)
    var piece = ""
    for character in answer {
      piece.append(character)
      if character.isWhitespace {
        try await receive(piece)
        piece = ""
      }
    }
    if !piece.isEmpty { try await receive(piece) }
    return GenerationResult(
      content: answer, finishReason: "stop", promptTokens: nil, completionTokens: nil)
  }
}
