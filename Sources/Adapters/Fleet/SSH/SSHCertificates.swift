import Domain
import FoundationEssentials
import Glibc
import ProcessRunning

/// The certificates that a login may have offered, read to explain why it was refused.
struct SSHCertificates {
  let settings: SSHConnectionSettings
  let spawner: ProcessSpawner
  /// What `ssh` runs in; its agent may hold certificates too.
  let environment: [String: String]

  enum Problem: Equatable {
    /// Each with a time as UTC: 2026-11-21T06:00:00.
    case expired(String)
    case notYetValid(String)
  }

  /// What is wrong with the certificates; nil where there is none, or one whose time is now.
  func problem() async -> Problem? {
    var listings: [String] = []
    for path in await paths() where access(path, R_OK) == 0 {
      listings.append(await output("ssh-keygen", ["-L", "-f", path]))
    }
    if environment["SSH_AUTH_SOCK"] != nil, settings.keyFile("") == nil {
      let held = await output("ssh-add", ["-L"])
      if held.contains("-cert-") {
        listings.append(await output("ssh-keygen", ["-L", "-f", "-"], input: held))
      }
    }
    return Self.problem(in: listings.joined(separator: "\n"), now: Self.utc(time(nil)))
  }

  /// Reads `Valid:` lines as `ssh-keygen -L` writes them; the same clock on both sides.
  static func problem(in listing: String, now: String) -> Problem? {
    var found: Problem?
    for line in listing.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.first == "Valid:" else { continue }
      let start = value(after: "from", words) ?? value(after: "after", words)
      let end = value(after: "to", words) ?? value(after: "before", words)
      if let end, end <= now {
        found = .expired(end)
      } else if let start, start > now {
        found = found ?? .notYetValid(start)
      } else {
        return nil
      }
    }
    return found
  }

  private static func value(after name: String, _ words: [String]) -> String? {
    guard let index = words.firstIndex(of: name), words.indices.contains(index + 1) else { return nil }
    return words[index + 1]
  }

  static func utc(_ seconds: time_t) -> String {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The files that `ssh` looks into: what the configuration names, and each key's own.
  private func paths() async -> [String] {
    // A key that is kept as a text has none.
    if settings.privateKey != nil { return [] }
    if let keyPath = settings.keyPath { return [keyPath + "-cert.pub"] }
    var arguments = ["-G"]
    if let file = settings.configurationFile { arguments += ["-F", file] }
    if let user = settings.user { arguments += ["-l", user] }
    return await output("ssh", arguments + ["--", settings.host]).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2 else { return nil }
      let path = words[1].hasPrefix("~/") ? (environment["HOME"] ?? "") + words[1].dropFirst() : words[1]
      return switch words[0] {
      case "certificatefile": path
      case "identityfile": path + "-cert.pub"
      default: nil
      }
    }
  }

  private func output(_ name: String, _ arguments: [String], input: String = "") async -> String {
    var environment = environment
    environment["TZ"] = "UTC"
    guard let program = HostKeys.program(name, environment),
      let process = try? spawner.start(
        Command(executable: program, arguments: arguments, environment: environment, workingDirectory: "/"))
    else { return "" }
    try? await process.write(Array(input.utf8))
    process.closeInput()
    var bytes: [UInt8] = []
    while let piece = (try? await process.read()) ?? nil { bytes += piece }
    _ = try? await process.exitStatus()
    return String(decoding: bytes, as: UTF8.self)
  }
}
