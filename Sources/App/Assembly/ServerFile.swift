import FoundationEssentials
import Glibc

/// Says where the server of a data folder listens, for programs of the folder's owner; it means something only
/// while the folder's lock is held.
struct ServerFile: Sendable {
  struct Content: Codable, Sendable {
    let url: String
    /// Of the installation's owner, where the server was started by a chat.
    var token: String?
    /// The file that every chat holds a lock on, where the server ends with the last of them.
    var hold: String?
  }

  /// Where programs of this machine reach a server that listens on `host`.
  static func url(host: String, port: UInt16, isSecure: Bool = false) -> String {
    let near = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
    return (isSecure ? "https://" : "http://") + (near.contains(":") ? "[\(near)]" : near) + ":\(port)"
  }

  private let path: String

  init(folder: String) { path = "\(folder)/server.json" }

  /// Whole or not at all, and for nobody else's eyes.
  func write(_ content: Content) throws(StartError) {
    let temporary = "\(path).\(getpid())"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0, let data = try? JSONEncoder().encode(content) else { throw failure }
    let bytes = Array(data)
    let isWritten = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    close(descriptor)
    guard isWritten, rename(temporary, path) == 0 else { throw failure }
  }

  func read() -> Content? {
    (try? Data(contentsOf: URL(filePath: path))).flatMap { try? JSONDecoder().decode(Content.self, from: $0) }
  }

  func remove() { unlink(path) }

  private var failure: StartError {
    StartError("\(path) could not be written: \(String(cString: strerror(errno))).")
  }
}
