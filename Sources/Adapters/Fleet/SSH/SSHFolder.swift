import Domain
import FoundationEssentials
import Glibc

/// The files one host's connection needs on this machine.
package struct SSHFolder: Sendable {
  /// Kept: what is known of the host.
  package let state: String
  /// Short, private, and empty between runs: the control socket and what answers the password prompt.
  package let runtime: String

  package init(state: String, runtime: String) {
    self.state = state
    self.runtime = runtime
  }

  var knownHosts: String { "\(state)/known_hosts" }
  private var root: String { "\(state)/root" }
  var socket: String { "\(runtime)/m" }
  var askpass: String { "\(runtime)/askpass" }
  var secret: String { "\(runtime)/secret" }
  var identity: String { "\(runtime)/identity" }

  /// ssh adds 17 characters to the socket's name while it makes it, and a socket's path has room for 107.
  static let longestSocket = 90

  /// Makes both folders with nobody else's access.
  ///
  /// Throws where one belongs to somebody else, is open to others, or the socket's path is too long.
  func prepare() throws(DomainError) {
    guard socket.utf8.count <= Self.longestSocket else { throw refused("the path is too long", runtime) }
    for folder in [state, runtime] {
      var path = ""
      for component in folder.split(separator: "/") {
        path += "/" + component
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw refused(String(cString: strerror(errno)), path) }
      }
      var about = stat()
      guard lstat(folder, &about) == 0, about.st_mode & S_IFMT == S_IFDIR, about.st_uid == geteuid(),
        about.st_mode & 0o022 == 0
      else { throw refused("it is not this user's own", folder) }
      chmod(folder, 0o700)
    }
  }

  /// Writes a file whole, for this user alone.
  func write(_ text: String, to path: String, mode: mode_t) throws(DomainError) {
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw refused(String(cString: strerror(errno)), path) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      unlink(path)
      throw refused("it could not be written", path)
    }
  }

  /// The absolute user data folder that an earlier connection found for that setting.
  func recordedRoot(of setting: String) -> String? {
    guard let text = try? String(contentsOf: URL(filePath: root), encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 3, lines[0] == setting, lines[1].hasPrefix("/") else { return nil }
    return String(lines[1])
  }

  /// Keeps the absolute user data folder for the time before the next connection.
  func record(root path: String, of setting: String) throws(DomainError) {
    try write("\(setting)\n\(path)\n", to: root, mode: 0o600)
  }

  /// Forgets the machine: what is at the address from now on is another.
  func forgetHost() {
    for file in [knownHosts, root, "\(state)/reported_hosts"] { unlink(file) }
  }

  /// Removes both folders with all they hold.
  package func remove() {
    for folder in [runtime, state] { try? FileManager.default.removeItem(atPath: folder) }
  }

  private func refused(_ why: String, _ path: String) -> DomainError {
    DomainError(
      .hostUnreachable, "The folder for SSH connections on this machine cannot be used.",
      hint: "Its owner must be the server's user, and the path short; see docs/hosts.md.", origin: .luthier,
      detail: "\(path): \(why)")
  }
}
