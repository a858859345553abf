package import Domain
package import HTTPFetching
import HTTPWire

/// Passes requests on as they are.
package struct OpenAIRelay: RelayCalling {
  private let client: HTTPClient
  private let allowsPrivateAddresses: Bool
  private let patience: Double

  /// - Parameters:
  ///   - allowsPrivateAddresses: whether a server that a user named may lie inside of this network.
  ///   - patience: seconds without a byte of an answer.
  package init(client: HTTPClient, allowsPrivateAddresses: Bool, patience: Double) {
    self.client = client
    self.allowsPrivateAddresses = allowsPrivateAddresses
    self.patience = patience
  }

  package func open(_ request: RelayRequest, at address: EngineAddress) async throws -> RelayAnswer {
    // Of the address users and operators write, only the last part differs.
    let base = address.chatURL.dropLast(RelayRoute.chat.rawValue.count)
    var fetch = FetchRequest(.post, base + request.route.rawValue)
    fetch.fields["Content-Type"] = "application/json"
    fetch.fields["Accept"] = request.streams ? "text/event-stream" : "application/json"
    if let key = address.key { fetch.fields["Authorization"] = "Bearer \(key)" }
    fetch.body = .bytes(request.bytes)
    fetch.stallTimeout = .seconds(patience)
    // Events are small, and there are many streams.
    if request.streams { fetch.receiveBuffer = 4 * 1024 }
    if address.isForeign { fetch.reach = allowsPrivateAddresses ? .notThisLink : .publicOnly }
    let response: FetchResponse
    do {
      response = try await client.open(fetch)
    } catch let error as FetchError {
      throw OpenAIClient.translated(error)
    }
    let type = response.fields["Content-Type"].flatMap { MediaType(parsing: $0) }
    return RelayAnswer(
      status: response.status.code, isEventStream: type?.essence == "text/event-stream",
      retryAfter: response.fields["Retry-After"].flatMap { Int($0) }.flatMap {
        (0...86_400).contains($0) ? $0 : nil
      },
      next: {
        do { return try await response.body.next() } catch let error as FetchError {
          throw OpenAIClient.translated(error)
        }
      },
      close: { response.close() })
  }
}
