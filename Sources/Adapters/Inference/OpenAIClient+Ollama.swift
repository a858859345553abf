package import Domain
import FoundationEssentials
import HTTPFetching
import HTTPWire

extension OpenAIClient {
  /// `GET /api/tags` of Ollama, which tells more than `/v1/models`; a server that has no such route is asked for that.
  package func details(at address: EngineAddress) async throws(DomainError) -> [ServedModel] {
    struct Tags: Decodable {
      struct Model: Decodable {
        let name: String
        let size: Int64?
        let modified: String?
        private enum CodingKeys: String, CodingKey { case name, size, modified = "modified_at" }
      }
      let models: [Model]
    }
    var request = request(.get, address.baseURL + "/api/tags", at: address)
    request.connectTimeout = .seconds(2)
    request.totalTimeout = .seconds(5)
    let fetched = request
    let tags = try await guarding { () async throws -> Tags? in
      let result = try await client.send(fetched, upTo: 1_048_576)
      guard result.status == .ok else { return nil }
      return try? JSONDecoder().decode(Tags.self, from: Data(result.bytes))
    }
    guard let tags else { return try await models(at: address).map { ServedModel(name: $0) } }
    return tags.models.map {
      ServedModel(
        name: $0.name, size: $0.size.flatMap { $0 < 0 ? nil : $0 },
        modifiedAt: $0.modified.flatMap(Self.moment))
    }
  }

  /// Ollama tells nanoseconds and its own time zone: `2024-08-01T12:00:00.123456789-07:00`.
  private static func moment(_ text: String) -> Timestamp? {
    let whole = text.prefix(19)
    let zone = text.dropFirst(19).drop { $0 == "." || $0.isNumber }
    guard let date = try? Date.ISO8601FormatStyle().parse(String(whole) + zone) else { return nil }
    return Timestamp(seconds: date.timeIntervalSince1970)
  }
}
