package import Domain
import FoundationEssentials
import HTTPFetching
import HTTPWire

extension OpenAIClient {
  package func loadAdapter(_ folder: String, named name: String, at address: EngineAddress)
    async throws(DomainError)
  {
    struct Adapter: Encodable {
      let name: String
      let path: String
      private enum CodingKeys: String, CodingKey { case name = "lora_name", path = "lora_path" }
    }
    var request = request(.post, address.baseURL + "/v1/load_lora_adapter", at: address)
    request.fields["Content-Type"] = "application/json"
    request.totalTimeout = .seconds(120)
    let unfinished = request
    try await guarding { () async throws in
      var request = unfinished
      request.body = .bytes([UInt8](try JSONEncoder().encode(Adapter(name: name, path: folder))))
      let result = try await client.send(request, upTo: 1_048_576)
      if result.status == .ok { return }
      // Two questions for a new adapter may come at once.
      if String(decoding: result.bytes, as: UTF8.self).contains("already been loaded") { return }
      throw Self.failure(result.status, result.fields, result.bytes)
    }
  }
}
