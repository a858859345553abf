package import Domain
import FoundationEssentials
import HTTPFetching
import HTTPWire

extension OpenAIClient: TextEmbedding {
  private struct EmbeddingRequest: Encodable {
    let model: String
    let input: [String]
    let format = "float"
    private enum CodingKeys: String, CodingKey { case model, input, format = "encoding_format" }
  }

  private struct EmbeddingAnswer: Decodable {
    struct Entry: Decodable {
      let index: Int?
      let embedding: [Float]
    }
    let data: [Entry]
  }

  /// `POST …/embeddings` beside the address's chat completions.
  package func vectors(
    of texts: [String], at address: EngineAddress, limit: Double
  ) async throws(DomainError) -> [[Float]] {
    let end = "/chat/completions"
    let base = address.chatURL.hasSuffix(end) ? String(address.chatURL.dropLast(end.count)) : address.baseURL
    var request = request(.post, base + "/embeddings", at: address)
    request.fields["Content-Type"] = "application/json"
    request.totalTimeout = .seconds(limit)
    return try await guarding(address) { () async throws in
      request.body = .bytes(
        [UInt8](try JSONEncoder().encode(EmbeddingRequest(model: address.model, input: texts))))
      let result = try await client.send(request, upTo: 64 << 20)
      guard result.status == .ok else {
        throw Self.failure(result.status, result.fields, result.bytes, at: address)
      }
      let answer = try JSONDecoder().decode(EmbeddingAnswer.self, from: Data(result.bytes))
      // In the order of the texts, whatever the server's is.
      let entries = answer.data.enumerated().sorted {
        ($0.element.index ?? $0.offset) < ($1.element.index ?? $1.offset)
      }
      let vectors = entries.map(\.element.embedding)
      guard vectors.count == texts.count, let size = vectors.first?.count, (1...16_384).contains(size),
        vectors.allSatisfy({ $0.count == size })
      else { throw Self.unreadable }
      return vectors
    }
  }
}
