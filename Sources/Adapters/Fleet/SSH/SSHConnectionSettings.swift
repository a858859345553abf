package import Domain

/// How a host is reached over SSH.
///
/// What is nil is left to the user's own `~/.ssh/config`, which may also name jump hosts, agents and certificates.
package struct SSHConnectionSettings: Sendable {
  /// A name, an address, or a `Host` of the configuration.
  package let host: String
  package let port: UInt16?
  package let user: String?
  package let keyPath: String?
  /// Answers the host's question for a password, or the key's for its passphrase.
  ///
  /// It is never an argument and never
  /// logged.
  package let password: String?
  /// Another configuration file than the user's own.
  package let configurationFile: String?

  /// Throws `invalid_input` for a host or user that `ssh` would take for something else.
  package init(
    host: String, port: UInt16? = nil, user: String? = nil, keyPath: String? = nil, password: String? = nil,
    configurationFile: String? = nil
  ) throws(DomainError) {
    guard Self.isPlain(host), !host.contains("@"), !host.contains("/") else {
      throw .invalid("This is no host name or address.", hint: "Write the name alone: gpu1.example.org")
    }
    if let user, !Self.isPlain(user) { throw .invalid("This is no user name.") }
    if let password, password.contains(where: { $0 == "\n" || $0 == "\r" || $0 == "\0" }) {
      throw .invalid("A password over SSH is one line.")
    }
    self.host = host
    self.port = port
    self.user = user
    self.keyPath = keyPath
    self.password = password
    self.configurationFile = configurationFile
  }

  /// Not empty, no option, no blank, nothing a shell in a `ProxyCommand` could act on.
  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255 && !text.hasPrefix("-")
      && text.unicodeScalars.allSatisfy { scalar in
        scalar.value > 32 && scalar.value != 127 && !"'\"`$\\;&|<>()*?{}!#".unicodeScalars.contains(scalar)
      }
  }

  /// What `ssh` is started with for a master that listens at `socket`.
  ///
  /// The first value of an option wins in `ssh`, so these stand above the user's configuration.
  func masterArguments(socket: String, knownHosts: String) -> [String] {
    var arguments = ["-M", "-N", "-T", "-S", socket]
    if let configurationFile { arguments += ["-F", configurationFile] }
    if let port { arguments += ["-p", String(port)] }
    if let user { arguments += ["-l", user] }
    if let keyPath { arguments += ["-i", keyPath] }
    var options = [
      "ControlPersist=no", "StreamLocalBindUnlink=yes", "ClearAllForwardings=yes", "ForwardAgent=no",
      "ForwardX11=no", "RequestTTY=no", "RemoteCommand=none",
      // A peer that is gone is noticed after 3 silent intervals.
      "ServerAliveInterval=4", "ServerAliveCountMax=2", "TCPKeepAlive=yes", "ConnectTimeout=10",
      // Half the processor time of the default; the rest of the list stays.
      "Ciphers=^aes128-gcm@openssh.com",
      "StrictHostKeyChecking=accept-new", "UserKnownHostsFile=\(Self.quoted(knownHosts))",
      "HashKnownHosts=no", "UpdateHostKeys=no", "CheckHostIP=no", "VisualHostKey=no", "LogLevel=INFO",
      // Runs once the login is done and the socket listens: the sign that waiting is over.
      "PermitLocalCommand=yes", "LocalCommand=echo \(Self.readyWord)",
    ]
    if keyPath != nil { options.append("IdentitiesOnly=yes") }
    if password == nil {
      options.append("BatchMode=yes")
    } else {
      // Once: a wrong password asked three times can lock the account.
      options += ["BatchMode=no", "NumberOfPasswordPrompts=1"]
      options +=
        keyPath == nil
        ? ["PubkeyAuthentication=no", "PreferredAuthentications=password,keyboard-interactive"]
        : ["PreferredAuthentications=publickey,password,keyboard-interactive"]
    }
    return arguments + options.flatMap { ["-o", $0] } + ["--", host]
  }

  static let readyWord = "luthier-connected"

  /// A path as a configuration value: in quotes, its percent signs doubled.
  private static func quoted(_ path: String) -> String {
    "\"" + path.replacing("%", with: "%%") + "\""
  }
}

extension SSHConnectionSettings: CustomStringConvertible {
  /// Without the password.
  package var description: String {
    (user.map { "\($0)@" } ?? "") + host + (port.map { ":\($0)" } ?? "")
  }
}

extension SSHConnectionSettings: CustomDebugStringConvertible {
  package var debugDescription: String { description }
}

extension SSHConnectionSettings: CustomReflectable {
  /// `dump` and string interpolation of a containing value look here: the password is not shown.
  package var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
