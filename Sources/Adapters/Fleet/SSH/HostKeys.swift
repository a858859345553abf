import Concurrency
import Domain
import FoundationEssentials
import Glibc
import ProcessRunning

/// Host keys as OpenSSH's own programs tell of them.
struct HostKeys: Sendable {
  let spawner: ProcessSpawner
  /// What the programs may inherit.
  let environment: [String: String]

  /// The fingerprints in a file of known hosts, in its order; none where it is not there.
  func fingerprints(in file: String) async -> [String] {
    guard let program = Self.program("ssh-keygen", environment),
      let process = try? spawner.start(
        Command(executable: program, arguments: ["-l", "-f", file], environment: ["LC_ALL": "C"]))
    else { return [] }
    process.closeInput()
    var bytes: [UInt8] = []
    while let piece = (try? await process.read()) ?? nil { bytes += piece }
    _ = try? await process.exitStatus()
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      line.split(separator: " ").first { $0.hasPrefix("SHA256:") }.map(String.init)
    }
  }

  /// Asks a host for its key, without a login, and puts it into `file` in place of what is there.
  ///
  /// Throws what kept the host from showing one.
  func ask(_ settings: SSHConnectionSettings, into file: String) async throws(DomainError) {
    guard let program = Self.program("ssh", environment) else { throw SSHFailure.missingClient }
    unlink(file)
    let process: ChildProcess
    do throws(ProcessError) {
      process = try spawner.start(
        Command(
          executable: program, arguments: settings.probeArguments(knownHosts: file),
          environment: Self.inherited(environment), workingDirectory: "/"))
    } catch {
      throw SSHFailure.missingClient
    }
    process.closeInput()
    let said: String
    do {
      said = try await withTimeout(.seconds(45)) { try await Self.words(of: process) }
    } catch {
      await process.end([TeardownStep(.signal(SIGTERM), wait: .seconds(1))])
      throw error is TimeoutError ? SSHFailure.tooSlow : AgentError.cancelled
    }
    // It is refused in any case: what counts is whether a key was shown before.
    if access(file, F_OK) != 0 { throw SSHFailure.error(from: said) }
  }

  private static func words(of process: ChildProcess) async throws -> String {
    var text: [UInt8] = []
    while let bytes = try await process.readError() { text = Array((text + bytes).suffix(8_192)) }
    _ = try await process.exitStatus()
    return String(decoding: text.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
  }

  static func program(_ name: String, _ environment: [String: String]) -> String? {
    let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin").split(separator: ":").map(String.init)
    return folders.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// What of the server's environment `ssh` needs, with its words in English.
  static func inherited(_ environment: [String: String]) -> [String: String] {
    let wanted = [
      "HOME", "PATH", "USER", "LOGNAME", "SSH_AUTH_SOCK", "KRB5CCNAME", "XDG_RUNTIME_DIR", "TMPDIR",
    ]
    var child = environment.filter { wanted.contains($0.key) }
    child["LC_ALL"] = "C"
    return child
  }
}
