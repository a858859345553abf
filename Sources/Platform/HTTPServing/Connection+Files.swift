import CSystem
import Concurrency
import EventLoop
import Glibc

/// A socket's second descriptor, for a thread that must not find another file under the number of the first.
final class SocketCopy: Sendable {
  let descriptor: Int32

  /// Nil where no descriptor is left.
  init?(of socket: Int32) {
    descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }
}

extension Connection {
  /// The most that is handed over before the loop hears of it.
  private static let handful: Int64 = 4 * 1024 * 1024

  /// Sends a part of a file as a body.
  ///
  /// The bytes go from the system's cache to the socket (sendfile(2)) on a thread that may wait for a disk. Under TLS,
  /// and where no descriptor is left, they come through here.
  func send(_ file: FileBody, _ range: Range<Int64>, _ writer: ResponseWriter) async throws {
    guard tls == nil, let socket = copySocket() else { return try await copy(file, range, writer) }
    let sequence = writer.number.sequence
    var offset = range.lowerBound
    var turn = try await progress(0, sequence, waitingSince: nil)
    while offset < range.upperBound {
      let (position, count) = (offset, min(range.upperBound - offset, Self.handful))
      let (sent, isFull) = try await core.blocking.run {
        try file.send(to: socket, at: position, count: count)
      }
      offset += sent
      turn = try await progress(sent, sequence, waitingSince: isFull ? turn : nil)
    }
    loop.execute { if sequence == self.sequence, self.output.isEmpty { self.writeDeadline = .max } }
  }

  private func copy(_ file: FileBody, _ range: Range<Int64>, _ writer: ResponseWriter) async throws {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(range.upperBound - offset, 256 * 1024))
      let position = offset
      let bytes = try await core.blocking.run { try file.read(at: position, count: count) }
      // Shorter than it was when its length was announced.
      if bytes.isEmpty { throw ResponseAborted() }
      try await writer.write(bytes)
      offset += Int64(bytes.count)
    }
  }

  /// Notes what went out; returns when the socket may take more, with the number of times that it could.
  ///
  /// - Parameter turn: That number before the socket was full: room that came up since then is not waited for again.
  ///   Nil while it is not full.
  private func progress(_ sent: Int64, _ sequence: UInt64, waitingSince turn: UInt64?) async throws -> UInt64
  {
    try await withCheckedThrowingContinuation { continuation in
      loop.execute {
        // The head, if it is not out yet.
        self.flush()
        guard self.phase != .closed, self.phase != .lingering, sequence == self.sequence,
          let current = self.exchange, !current.isAnswered, !current.isAbandoned
        else { return continuation.resume(throwing: ResponseAborted()) }
        current.sentBytes += sent
        if sent > 0 || self.writeDeadline == .max {
          self.writeDeadline = EventLoop.now &+ self.core.configuration.writeStallTimeout.nanoseconds
        }
        let mustWait = !self.output.isEmpty || turn == self.writableTurns
        if mustWait {
          self.fileWaiter = continuation
        } else {
          continuation.resume(returning: self.writableTurns)
        }
      }
    }
  }

  /// Lets the file go on once all that was written before it is out.
  func resumeFile() {
    guard let waiter = fileWaiter, output.isEmpty else { return }
    fileWaiter = nil
    waiter.resume(returning: writableTurns)
  }
}
