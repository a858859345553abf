import Concurrency
import EventLoop
package import HTTPWire

/// What a connection knows of the request it is answering; on the connection's loop only.
final class Exchange {
  let number: RequestNumber
  let method: HTTPMethod
  let target: String
  let isHTTP10: Bool
  let started: UInt64
  let body: ByteStream?
  var keepsAlive: Bool
  /// The client waits for 100 (Continue) before it sends its body.
  var awaitsContinue: Bool
  var task: Task<Void, Never>?
  var status: HTTPStatus?
  var isChunked = false
  var sentBytes: Int64 = 0
  /// The answer is complete; what is left is unread body.
  var isAnswered = false
  /// The client is gone: what is still written goes nowhere.
  var isAbandoned = false
  /// The answer said how long it is: as long as the client takes it, it is there.
  var hasKnownLength = false
  /// Of a streamed answer, see `Response`.
  var heartbeat: Response.Heartbeat?
  var endsWhenDraining = false
  /// Of a fed answer: who is told when the client has room again, or is gone.
  var feedOwner: (any ResponseFeedOwner)?
  var isFeedHeld = false
  /// The task that wrote the body has handed it over to a feed.
  var isHandedOver = false
  /// What the answer holds until it has ended.
  var held: (any Sendable)?
  /// Its client is gone: what is fed now goes nowhere.
  var isFeedLost = false
  /// The drain ended the answer: what its task throws now is no failure.
  var isEndedByDrain = false

  init(
    number: RequestNumber, method: HTTPMethod, target: String, isHTTP10: Bool, started: UInt64,
    body: ByteStream?, keepsAlive: Bool, awaitsContinue: Bool
  ) {
    self.number = number
    self.method = method
    self.target = target
    self.isHTTP10 = isHTTP10
    self.started = started
    self.body = body
    self.keepsAlive = keepsAlive
    self.awaitsContinue = awaitsContinue
  }
}

/// One request and its answer, told when the last byte is with the system: for access logs.
package struct ExchangeSummary: Sendable {
  let number: RequestNumber
  /// Equal to `Request.id`.
  package var id: String { number.description }
  package let method: HTTPMethod
  /// The raw target, query included: it may hold what should not be logged.
  package let target: String
  /// Nil when the connection ended before an answer began.
  package let status: HTTPStatus?
  /// Bytes of the body, without framing.
  package let sentBytes: Int64
  package let duration: Duration
  package let remoteAddress: String
  /// Whether the answer went out whole.
  package let isComplete: Bool
}

extension Connection {
  /// Tells the server's observer how an exchange went.
  func report(_ exchange: Exchange) {
    guard let observer = core.onExchange else { return }
    observer(
      ExchangeSummary(
        number: exchange.number, method: exchange.method, target: exchange.target,
        status: exchange.status, sentBytes: exchange.sentBytes,
        duration: .nanoseconds(Int64(EventLoop.now - exchange.started)), remoteAddress: peer.text,
        isComplete: exchange.isAnswered))
  }
}
