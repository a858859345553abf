package import Domain
package import HTTPFetching
import HTTPWire

/// Tells addresses that users named, within the bounds that users' own model servers have.
package struct WebhookClient: WebhookSending {
  private let client: HTTPClient
  private let allowsPrivateAddresses: Bool

  /// - Parameter allowsPrivateAddresses: whether the address may lie inside of this network.
  package init(client: HTTPClient, allowsPrivateAddresses: Bool) {
    self.client = client
    self.allowsPrivateAddresses = allowsPrivateAddresses
  }

  /// The answer's own words are not passed on: the address is a user's, and what lies there may be another's.
  package func post(_ json: [UInt8], to address: WebhookURL) async throws(DomainError) {
    var request = FetchRequest(
      .post, address.text, fields: ["Content-Type": "application/json", "User-Agent": "luthier"],
      body: .bytes(json))
    request.reach = allowsPrivateAddresses ? .notThisLink : .publicOnly
    request.totalTimeout = .seconds(20)
    let status: HTTPStatus
    do {
      let asked = request
      status = try await client.send(asked, upTo: 65_536).status
    } catch let error as FetchError where error.code == .forbiddenAddress {
      throw DomainError(
        .forbidden, "\(address.shown) lies at an address that this server may not call.",
        hint: "Give the address of a public server, or ask the operator.", detail: error.debugDescription)
    } catch {
      throw DomainError(
        .upstreamUnreachable, "\(address.shown) could not be notified.",
        hint: "Is it running, and at this address?",
        origin: .upstream, detail: "\(error)")
    }
    guard (200..<300).contains(status.code) else {
      throw DomainError(
        .upstreamFailed, "\(address.shown) answered with \(status.code).",
        hint: "Check the address and what it takes.", origin: .upstream)
    }
  }
}
