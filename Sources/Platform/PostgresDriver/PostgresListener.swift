import CPostgres
import Concurrency
import Glibc
import SQLAccess

/// Hears what other clients of the database say on a channel (LISTEN), on a connection and a thread of its own.
///
/// It says so once for all that was said meanwhile, and once after each time that it could not listen: then something may
/// have been missed.
final class PostgresListener: Sendable {
  /// Milliseconds between two tries to listen.
  private static let pause: Int32 = 1_000

  private let configuration: PostgresConfiguration
  private let channel: String
  private let alarm: Alarm
  private let continuation: AsyncStream<Void>.Continuation

  private init(
    _ configuration: PostgresConfiguration, _ channel: String, _ continuation: AsyncStream<Void>.Continuation
  ) throws {
    self.configuration = configuration
    self.channel = channel
    self.continuation = continuation
    alarm = try Alarm()
  }

  /// Listens until the stream is dropped or its reader is cancelled.
  ///
  /// - Parameter channel: an identifier of this program's own.
  ///
  /// Throws where the system gives no thread or no descriptor.
  static func signals(
    on channel: String, of configuration: PostgresConfiguration
  ) throws -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let listener = try PostgresListener(configuration, channel, continuation)
    let alarm = listener.alarm
    // Rung before the thread looks, it is found there.
    continuation.onTermination = { _ in alarm.interrupt() }
    try startThread(name: "pg-listen") { listener.run() }
    return stream
  }

  private func run() {
    while !isEnded {
      if let connection = try? PostgresConnection(configuration, writes: false),
        (try? connection.runAtOnce("LISTEN \(channel)")) != nil
      {
        // What was said before is not told.
        repeat { continuation.yield() } while hear(connection)
      }
      if isEnded { return }
      var watched = pollfd(fd: alarm.reading, events: Int16(POLLIN), revents: 0)
      _ = poll(&watched, 1, Self.pause)
    }
  }

  /// Waits for something to be said; false where the connection is gone, or nobody wants to know any more.
  private func hear(_ connection: PostgresConnection) -> Bool {
    while !isEnded {
      guard let said = connection.takeNotifications() else { return false }
      if said { return true }
      var watched = [
        pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0),
        pollfd(fd: alarm.reading, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&watched, 2, -1) >= 0 || errno == EINTR else { return false }
    }
    return false
  }

  /// The alarm is rung once, and stays so.
  private var isEnded: Bool {
    var watched = pollfd(fd: alarm.reading, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, 0) > 0
  }
}
