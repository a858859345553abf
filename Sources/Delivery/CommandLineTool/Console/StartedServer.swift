import FoundationEssentials
import Glibc

/// The server that a chat of this machine uses where none was running.
package struct StartedServer: Sendable {
  let url: String
  /// Of the installation's owner; nil where the server asks who one is.
  let token: String?
  /// Held for as long as the chat uses the server.
  let hold: ServerHold?
}

/// A chat's share in its server: the server ends when nobody holds one any more.
final class ServerHold: Sendable {
  private let descriptor: Int32

  /// Nil where the server is ending already.
  init?(path: String) {
    descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0, flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
      if descriptor >= 0 { close(descriptor) }
      return nil
    }
  }

  /// Lets the server stay until the models that are loaded have been unused for long.
  func keep() {
    var byte = UInt8(ascii: "k")
    _ = pwrite(descriptor, &byte, 1, 0)
  }

  deinit { close(descriptor) }
}

extension StartedServer {
  /// What `luthier serve --for-chats` says about itself.
  private struct Said: Decodable {
    let url: String?
    let token: String?
    let hold: String?
    let error: String?
  }

  /// Starts one from this very program, in a process of its own that Ctrl-C does not reach, or finds the one there is.
  static func start() async throws -> StartedServer {
    for _ in 0..<20 {
      let said = try await answer()
      if let error = said.error {
        throw CommandFailure(
          .unreachable, "No server runs, and none could be started: \(error)", code: "server_start_failed",
          hint: "Start one by hand to see more: luthier serve")
      }
      guard let url = said.url else { break }
      guard let path = said.hold else { return StartedServer(url: url, token: said.token, hold: nil) }
      if let hold = ServerHold(path: path) { return StartedServer(url: url, token: said.token, hold: hold) }
      // It was about to end: the next one is a new one.
      try await Task.sleep(for: .milliseconds(200))
    }
    throw CommandFailure(
      .unreachable, "No server runs, and none could be started.", code: "server_start_failed",
      hint: "Start one by hand to see more: luthier serve")
  }

  /// `POSIX_SPAWN_SETSID`, which glibc shows to few.
  private static let ownSession: Int16 = 0x80

  private static func answer() async throws -> Said {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw CommandFailure(.failed, "No pipe could be made: \(systemError()).") }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Self.ownSession)
    let text: [String] = ["luthier", "serve", "--for-chats"]
    let words = text.map { strdup($0) }
    defer { for word in words { free(word) } }
    var child = pid_t()
    let failure = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, words + [nil], environ)
    close(ends[1])
    guard failure == 0 else {
      throw CommandFailure(
        .unreachable, "No server runs, and none could be started: \(String(cString: strerror(failure))).")
    }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    // Until the end of the line: the pipe itself may stay open in what the server starts.
    while bytes.last != 10, bytes.count < 65_536 {
      let count = read(ends[0], &buffer, buffer.count)
      if count == 0 { break }
      if count > 0 { bytes += buffer.prefix(count) } else { try await Task.sleep(for: .milliseconds(4)) }
    }
    guard let said = try? JSONDecoder().decode(Said.self, from: Data(bytes)) else {
      return Said(url: nil, token: nil, hold: nil, error: "it ended without a word")
    }
    return said
  }
}
