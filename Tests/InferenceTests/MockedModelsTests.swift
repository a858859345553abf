import Domain
import Inference
import Testing

/// The backend that asks no model.
struct MockedModelsTests {
  private struct Refusing: ModelCalling {
    static let error = DomainError(.upstreamFailed, "Somebody was asked.")

    func models(at address: EngineAddress) async throws(DomainError) -> [String] { throw Self.error }
    func loadAdapter(_ folder: String, named name: String, at address: EngineAddress)
      async throws(DomainError)
    { throw Self.error }
    func reply(to request: GenerationRequest, at address: EngineAddress) async throws(DomainError)
      -> GenerationResult
    { throw Self.error }
    func stream(
      _ request: GenerationRequest, at address: EngineAddress, receive: (String) async throws -> Void
    ) async throws -> GenerationResult { throw Self.error }
  }

  private let request = GenerationRequest(
    turns: [.init(role: .system, content: "Be brief."), .init(role: .user, content: "one two\n三")],
    temperature: nil, topP: nil, topK: nil, maxTokens: 9)

  @Test func `it says back what it was told, in pieces, and asks nobody`() async throws {
    let mocked = MockedModels(others: Refusing())
    var pieces: [String] = []
    let result = try await mocked.stream(request, at: .mock) { pieces.append($0) }
    #expect(pieces.joined() == "You said: one two\n三" && pieces.count == 5)
    #expect(result.content == pieces.joined())
    let whole = try await mocked.reply(to: request, at: .mock)
    #expect(whole == result)
  }

  @Test func `every other address is asked`() async {
    let mocked = MockedModels(others: Refusing())
    let address = EngineAddress(baseURL: "http://127.0.0.1:1", key: nil, model: "mock")
    await #expect(throws: DomainError.self) { try await mocked.reply(to: request, at: address) }
    await #expect(throws: DomainError.self) { try await mocked.stream(request, at: address) { _ in } }
  }
}
