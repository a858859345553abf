package import Domain
import FoundationEssentials
import HTTPFetching
import HTTPWire

extension OpenAIClient: TextRanking {
  /// As Jina, Cohere, vLLM and llama.cpp take it.
  private struct RankRequest: Encodable {
    let model: String
    let query: String
    let documents: [String]
    let count: Int
    private enum CodingKeys: String, CodingKey { case model, query, documents, count = "top_n" }
  }

  /// As Text Embeddings Inference takes it, which has one model and no version in its path.
  private struct PlainRankRequest: Encodable {
    let query: String
    let texts: [String]
    // A passage that is too long for the model is judged by its beginning.
    let truncate = true
  }

  private struct RankEntry: Decodable {
    let index: Int
    let score: Double

    private enum CodingKeys: String, CodingKey { case index, score, relevance = "relevance_score" }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      index = try fields.decode(Int.self, forKey: .index)
      score =
        try fields.decodeIfPresent(Double.self, forKey: .relevance)
        ?? fields.decode(Double.self, forKey: .score)
    }
  }

  private struct RankAnswer: Decodable {
    let results: [RankEntry]

    private enum CodingKeys: String, CodingKey { case results }

    init(from decoder: any Decoder) throws {
      if let fields = try? decoder.container(keyedBy: CodingKeys.self) {
        results = try fields.decode([RankEntry].self, forKey: .results)
      } else {
        results = try [RankEntry](from: decoder)
      }
    }
  }

  /// `POST …/rerank` beside the address's chat completions; where there is none, `/rerank` without a version.
  package func scores(
    of texts: [String], for question: String, at address: EngineAddress, limit: Double
  ) async throws(DomainError) -> [Double?] {
    let end = "/chat/completions"
    let base = address.chatURL.hasSuffix(end) ? String(address.chatURL.dropLast(end.count)) : address.baseURL
    return try await guarding(address) { () async throws in
      var result = try await rank(
        RankRequest(model: address.model, query: question, documents: texts, count: texts.count),
        base + "/rerank", address, limit)
      let root = Self.unversioned(base)
      if result.status == .notFound || result.status == .methodNotAllowed, root != base {
        result = try await rank(
          PlainRankRequest(query: question, texts: texts), root + "/rerank", address, limit)
      }
      guard result.status == .ok else {
        throw Self.failure(result.status, result.fields, result.bytes, at: address)
      }
      let answer = try JSONDecoder().decode(RankAnswer.self, from: Data(result.bytes))
      var scores = [Double?](repeating: nil, count: texts.count)
      for entry in answer.results {
        guard scores.indices.contains(entry.index), scores[entry.index] == nil, entry.score.isFinite else {
          throw Self.unreadable
        }
        scores[entry.index] = entry.score
      }
      guard !answer.results.isEmpty else { throw Self.unreadable }
      return scores
    }
  }

  private func rank(
    _ body: some Encodable, _ url: String, _ address: EngineAddress, _ limit: Double
  ) async throws -> FetchResult {
    var request = request(.post, url, at: address)
    request.fields["Content-Type"] = "application/json"
    request.totalTimeout = .seconds(limit)
    request.body = .bytes([UInt8](try JSONEncoder().encode(body)))
    return try await client.send(request, upTo: 4 << 20)
  }

  /// Without the `/v1` at its end.
  private static func unversioned(_ base: String) -> String {
    let parts = base.split(separator: "/", omittingEmptySubsequences: false)
    guard let last = parts.last, last.first == "v", last.count > 1, last.dropFirst().allSatisfy(\.isNumber)
    else { return base }
    return parts.dropLast().joined(separator: "/")
  }
}
