import HTTPServing
import Services

/// A relayed stream on its way into the answer.
final class RelayedFeed: RelayOutput {
  private let feed: ResponseFeed

  private init(feed: ResponseFeed) { self.feed = feed }

  static func start(_ stream: RelayedStream, into feed: ResponseFeed) {
    feed.setOwner(Caller(stream: stream))
    stream.start(into: RelayedFeed(feed: feed))
  }

  func write(_ bytes: [UInt8]) -> Bool { feed.write(bytes) }

  func flush() { feed.flush() }

  func end() { feed.end() }

  /// The head is out: the error travels in the stream.
  func end(telling error: any Error) {
    _ = feed.write(OpenAIError.event(error))
    feed.end()
  }

  func abort() { feed.abort() }

  /// The caller, as the stream hears of it.
  private final class Caller: ResponseFeedOwner {
    private let stream: RelayedStream

    init(stream: RelayedStream) { self.stream = stream }

    func clientHasRoom() { stream.callerHasRoom() }

    func clientLeft() { stream.callerLeft() }
  }
}
