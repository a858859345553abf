import Domain
import FoundationEssentials
import Glibc
import Testing

/// A real sshd of a test's own on loopback, with its own keys; the machine's is not touched.
final class SSHDaemon: Sendable {
  /// What makes a host on it the server's first.
  let settings: [String: String]
  private let process: pid_t

  static let isHere = access("/usr/sbin/sshd", X_OK) == 0

  /// - Parameter path: the PATH of its sessions.
  static func run<Value>(
    in folder: String, path: String, _ body: (SSHDaemon) async throws -> Value
  ) async throws -> Value {
    let daemon = try await SSHDaemon(folder, path: path)
    defer { daemon.end() }
    return try await body(daemon)
  }

  private init(_ folder: String, path: String) async throws {
    // A root sshd refuses to start without it.
    if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
    for name in ["host_key", "id"] {
      try spawned("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(name)"])
    }
    let port = try Self.freePort()
    let lines = [
      "Port \(port)", "ListenAddress 127.0.0.1", "HostKey \(folder)/host_key", "PidFile none",
      "AuthorizedKeysFile \(folder)/id.pub", "StrictModes no", "UsePAM no", "PermitRootLogin yes",
      "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UseDNS no", "PrintMotd no",
      "SetEnv HOME=\(folder) PATH=\(path)",
    ]
    let configuration = "\(folder)/sshd.conf"
    try (lines.joined(separator: "\n") + "\n").write(
      to: URL(filePath: configuration), atomically: true, encoding: .utf8)
    process = try spawn("/usr/sbin/sshd", ["-D", "-f", configuration, "-E", "\(folder)/sshd.log"])
    let user = try #require(getpwuid(geteuid()))
    settings = [
      "SSH_HOST": "127.0.0.1", "SSH_PORT": "\(port)", "SSH_KEY_PATH": "\(folder)/id",
      "SSH_USERNAME": String(cString: user.pointee.pw_name), "REMOTE_USER_DATA_DIR": "\(folder)/remote",
    ]
    for _ in 0..<1000 where !Self.listens(port) { try await Task.sleep(for: .milliseconds(10)) }
    try #require(Self.listens(port), "sshd does not listen")
  }

  /// The listener; its sessions end when the servers that hold them do.
  private func end() {
    kill(process, SIGTERM)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  private static func freePort() throws -> UInt16 {
    try withSocket { descriptor, address, length in
      var length = length
      try #require(bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0)
      return UnsafeRawPointer(address).load(as: sockaddr_in.self).sin_port.byteSwapped
    }
  }

  private static func listens(_ port: UInt16) -> Bool {
    withSocket(port: port) { descriptor, address, length in connect(descriptor, address, length) == 0 }
  }

  private static func withSocket<Value>(
    port: UInt16 = 0, _ body: (Int32, UnsafeMutablePointer<sockaddr>, socklen_t) throws -> Value
  ) rethrows -> Value {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.byteSwapped
    address.sin_addr.s_addr = UInt32(0x7f00_0001).byteSwapped
    return try withUnsafeMutablePointer(to: &address) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}

/// Starts a program with this process's environment.
private func spawn(_ program: String, _ arguments: [String]) throws -> pid_t {
  var process = pid_t()
  var words = ([program] + arguments).map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  try #require(posix_spawn(&process, program, nil, nil, &words, environ) == 0)
  return process
}

/// Runs a program to its end, which must be a good one.
func spawned(_ program: String, _ arguments: [String]) throws {
  var status: Int32 = 0
  waitpid(try spawn(program, arguments), &status, 0)
  try #require(status == 0)
}
