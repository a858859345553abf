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
  /// The text of a key, which stands in a file only while `ssh` logs in.
  package let privateKey: String?
  /// Hosts on the way, as `ssh -J` takes them.
  package let jumpHost: String?
  /// Answers the host's question for a password, or the key's for its passphrase.
  ///
  /// It is never an argument and never
  /// logged.
  package let password: String?
  /// Another configuration file than the user's own.
  package let configurationFile: String?

  /// Throws `invalid_input` for a host or user that `ssh` would take for something else.
  package init(
    host: String, port: UInt16? = nil, user: String? = nil, keyPath: String? = nil, privateKey: String? = nil,
    password: String? = nil, jumpHost: String? = nil, configurationFile: String? = nil
  ) throws(DomainError) {
    guard HostRecord.isPlain(host), !host.contains("@"), !host.contains("/") else {
      throw .invalid("This is no host name or address.", hint: "Write the name alone: gpu1.example.org")
    }
    if let user, !HostRecord.isPlain(user) { throw .invalid("This is no user name.") }
    if let jumpHost, !HostRecord.isPlain(jumpHost) {
      throw .invalid("This is no jump host.", hint: "Write [user@]host[:port]; several with commas between.")
    }
    if let password, password.contains(where: { $0 == "\n" || $0 == "\r" || $0 == "\0" }) {
      throw .invalid("A password over SSH is one line.")
    }
    self.host = host
    self.port = port
    self.user = user
    self.keyPath = keyPath
    self.privateKey = privateKey
    self.jumpHost = jumpHost
    self.password = password
    self.configurationFile = configurationFile
  }

  /// What `ssh` is started with for a master that listens at `socket`.
  ///
  /// The first value of an option wins in `ssh`, so these stand above the user's configuration.
  ///
  /// - Parameter identity: where the text of the key stands, if there is one.
  func masterArguments(socket: String, knownHosts: String, identity: String) -> [String] {
    let keyPath = keyFile(identity)
    var options =
      commonOptions(knownHosts: knownHosts) + [
        "ControlPersist=no", "StreamLocalBindUnlink=yes",
        // A peer that is gone is noticed after 3 silent intervals.
        "ServerAliveInterval=4", "ServerAliveCountMax=2", "TCPKeepAlive=yes",
        // Half the processor time of the default; the rest of the list stays.
        "Ciphers=^aes128-gcm@openssh.com",
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
    return ["-M", "-N", "-T", "-S", socket] + address + (keyPath.map { ["-i", $0] } ?? [])
      + Self.given(options)
      + ["--", host]
  }

  /// What `ssh` is started with to learn the host's key and nothing else: no login is tried, and nothing is sent
  /// that only the right host may see.
  func probeArguments(knownHosts: String) -> [String] {
    let options =
      commonOptions(knownHosts: knownHosts) + [
        // A key that the whole machine knows would not be written into our file.
        "GlobalKnownHostsFile=/dev/null", "ControlMaster=no", "ControlPath=none", "BatchMode=yes",
        "PreferredAuthentications=none", "PubkeyAuthentication=no", "PasswordAuthentication=no",
        "KbdInteractiveAuthentication=no", "GSSAPIAuthentication=no", "HostbasedAuthentication=no",
        "PermitLocalCommand=no",
      ]
    return ["-T"] + address + Self.given(options) + ["--", host, "exit"]
  }

  private var address: [String] {
    var arguments: [String] = []
    if let configurationFile { arguments += ["-F", configurationFile] }
    if let port { arguments += ["-p", String(port)] }
    if let user { arguments += ["-l", user] }
    if let jumpHost { arguments += ["-J", jumpHost] }
    return arguments
  }

  private func commonOptions(knownHosts: String) -> [String] {
    [
      "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "RequestTTY=no", "RemoteCommand=none",
      "ConnectTimeout=10", "StrictHostKeyChecking=accept-new",
      "UserKnownHostsFile=\(Self.quoted(knownHosts))", "HashKnownHosts=no", "UpdateHostKeys=no",
      "CheckHostIP=no", "VisualHostKey=no", "LogLevel=INFO",
    ]
  }

  /// The file that holds the key; nil where `ssh` looks for one itself.
  func keyFile(_ identity: String) -> String? { privateKey == nil ? keyPath : identity }

  private static func given(_ options: [String]) -> [String] { options.flatMap { ["-o", $0] } }

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
