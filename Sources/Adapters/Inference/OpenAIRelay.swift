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
      retryAfter: OpenAIClient.retryAfter(response.fields),
      body: FetchedAnswer(response.body))
  }
}

/// An answer's body in the gateway's words.
private final class FetchedAnswer: RelaySource {
  private let body: FetchBody

  init(_ body: FetchBody) { self.body = body }

  func next() async throws -> [UInt8]? {
    do { return try await body.next() } catch let error as FetchError {
      throw OpenAIClient.translated(error)
    }
  }

  func pour(into receiver: any RelayReceiving) { body.pour(into: Receiver(receiver)) }

  func resume() { body.resume() }

  func close() { body.close() }

  func leave() { body.letEnd(within: .seconds(1)) }

  private final class Receiver: BodyReceiver {
    private let receiver: any RelayReceiving

    init(_ receiver: any RelayReceiving) { self.receiver = receiver }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool { receiver.receive(bytes) }

    func settle() { receiver.settle() }

    func end(_ failure: (any Error)?) {
      let isClosed = (failure as? FetchError)?.code == .aborted
      receiver.end(isClosed ? CancellationError() : failure.map { OpenAIClient.translated($0) })
    }
  }
}
