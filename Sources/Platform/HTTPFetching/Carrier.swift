import HTTPWire

/// Moves one request and its answer over the network, for one `Transfer`.
///
/// | carrier | carries |
/// |---|---|
/// | `DirectCarrier` | plain HTTP to an address: this machine's and this network's engines |
/// | `CurlCarrier` | everything else: names, TLS, proxies, redirects, streamed uploads, guarded addresses |
///
/// Every call comes on the loop.
protocol Carrier: AnyObject, Sendable {
  /// Sends the request; the transfer hears of everything that follows.
  ///
  /// False when the client is closed: the transfer then hears nothing.
  func start(for transfer: Transfer) -> Bool
  /// Gives up what is under way; the transfer hears nothing more.
  func leave()
  /// Goes on where the transfer had no room.
  func resume()
  /// Bytes of the request's body that were sent, or of all of it.
  var sentBytes: Int64 { get }
}
