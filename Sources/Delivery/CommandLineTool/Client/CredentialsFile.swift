import FoundationEssentials
import Glibc

/// `$XDG_CONFIG_HOME/luthier/credentials.json`: readable by its owner alone, and replaced whole, so that no
/// reader sees half of it.
struct CredentialsFile: Sendable {
  private let folder: String
  private var path: String { folder + "/credentials.json" }

  init(environment: [String: String]) throws(CommandFailure) {
    let set = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 + "/.config" : nil }
    guard let base = set ?? home else {
      throw CommandFailure(
        .failed, "There is no folder to keep sign-ins in.", hint: "Set HOME or XDG_CONFIG_HOME.")
    }
    folder = base + "/luthier"
  }

  /// What was saved; empty where nothing was.
  func load() throws(CommandFailure) -> Credentials {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return Credentials() }
      throw failure("read")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while bytes.count < 1024 * 1024 {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 { throw failure("read") }
      if count == 0 { break }
      bytes += buffer.prefix(count)
    }
    guard let saved = try? JSONDecoder().decode(Credentials.self, from: Data(bytes)) else {
      throw CommandFailure(
        .failed, "\(path) is not readable as saved sign-ins.", hint: "Move it away and sign in again.")
    }
    return saved
  }

  func save(_ credentials: Credentials) throws(CommandFailure) {
    try makeFolder()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(credentials) else { throw failure("write") }
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure("write") }
    let isWritten = write(Array(data), to: descriptor) && fsync(descriptor) == 0
    let isClosed = close(descriptor) == 0
    guard isWritten, isClosed, rename(temporary, path) == 0 else {
      let failure = failure("write")
      unlink(temporary)
      throw failure
    }
  }

  private func makeFolder() throws(CommandFailure) {
    var prefix = ""
    for part in folder.split(separator: "/") {
      prefix += "/" + part
      if mkdir(prefix, 0o700) != 0, errno != EEXIST { throw failure("write") }
    }
    if chmod(folder, 0o700) != 0 { throw failure("write") }
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + offset, bytes.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return false }
      offset += count
    }
    return true
  }

  private func failure(_ verb: String) -> CommandFailure {
    CommandFailure(.failed, "\(path) cannot be \(verb == "read" ? "read" : "written"): \(systemError()).")
  }
}

/// The words of `errno`.
func systemError() -> String { String(cString: strerror(errno)) }
