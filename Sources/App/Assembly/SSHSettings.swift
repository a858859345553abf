/// The host over SSH that the documents' settings name (SSH_HOST and its kin).
package struct SSHSettings: Sendable {
  package let host: String
  package let port: UInt16?
  package let user: String?
  package let keyPath: String?
  package let password: String?
  /// On the host; may begin with `~`.
  package let userDataDirectory: String
  /// On the host; may begin with `~`.
  package let workDirectory: String?

  /// Nil where no host is named.
  init?(_ reader: inout SettingsReader, workDirectory work: String?) {
    let others = ["SSH_PORT", "SSH_USERNAME", "SSH_PASSWORD", "SSH_KEY_PATH"]
    let port = reader.integer("SSH_PORT", in: 1...65_535)
    let key = reader.path("SSH_KEY_PATH")
    guard let host = reader.text("SSH_HOST") else {
      for name in others where reader.text(name) != nil {
        reader.refuse(name, "SSH_HOST is missing beside it")
      }
      return nil
    }
    self.host = host
    self.port = port.map { UInt16($0) }
    user = reader.text("SSH_USERNAME")
    keyPath = key
    password = reader.text("SSH_PASSWORD")
    userDataDirectory = reader.remotePath("REMOTE_USER_DATA_DIR") ?? "~/.luthier/users"
    workDirectory = work
  }
}

extension SettingsReader {
  /// A path on another machine: absolute, or below its user's home.
  mutating func remotePath(_ name: String) -> String? {
    guard let text = text(name) else { return nil }
    guard text.hasPrefix("/") || text.hasPrefix("~/") else {
      refuse(name, "a path that begins with / or ~/ is needed, not \"\(text)\"")
      return nil
    }
    return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
  }
}
