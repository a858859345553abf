/// A host that was added, as it is kept: how it is reached and what is where on it.
package struct HostRecord: Sendable, Equatable {
  package let id: HostID
  /// `ssh`, or `slurm`: then the rest says how its login node is reached.
  package let kind: HostDescription.Kind
  /// What people call it; no two have the same.
  package var name: String
  /// A name, an address, or a `Host` of the server user's `~/.ssh/config`; see `isHere`.
  package var address: String
  /// Nil: as `~/.ssh/config` says.
  package var port: UInt16?
  /// Nil: as `~/.ssh/config` says.
  package var user: String?
  package var authentication: HostAuthentication
  /// `[user@]host[:port]`, several with commas between; each is logged in to before the next.
  package var jumpHost: String?
  /// On the host, as the next four; each may begin with `~/`.
  package var userDataDirectory: String
  package var workDirectory: String?
  package var virtualEnvironment: String?
  package var condaEnvironment: String?
  package var trainerCommand: String?
  /// How many tasks may run at once, on each GPU where there are any.
  package var slots: Int
  /// Of a cluster.
  package var cluster: ClusterSettings
  package let createdBy: UserID?
  package let createdAt: Timestamp

  package init(
    id: HostID, kind: HostDescription.Kind = .ssh, name: String, address: String, port: UInt16? = nil,
    user: String? = nil,
    authentication: HostAuthentication = .system, jumpHost: String? = nil,
    userDataDirectory: String = HostRecord.usualUserData, workDirectory: String? = nil,
    virtualEnvironment: String? = nil, condaEnvironment: String? = nil, trainerCommand: String? = nil,
    slots: Int = 1, cluster: ClusterSettings = ClusterSettings(), createdBy: UserID? = nil,
    createdAt: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.name = name
    self.address = address
    self.port = port
    self.user = user
    self.authentication = authentication
    self.jumpHost = jumpHost
    self.userDataDirectory = userDataDirectory
    self.workDirectory = workDirectory
    self.virtualEnvironment = virtualEnvironment
    self.condaEnvironment = condaEnvironment
    self.trainerCommand = trainerCommand
    self.slots = slots
    self.cluster = cluster
    self.createdBy = createdBy
    self.createdAt = createdAt
  }

  package static let usualUserData = "~/.luthier/users"

  /// The cluster's login node is the server's own machine: there is no SSH between.
  package var isHere: Bool { kind == .slurm && address == "localhost" }
}

/// With what the server logs in on a host.
package enum HostAuthentication: Sendable, Equatable {
  /// What the server user's own `ssh` finds: an agent, a certificate, the usual keys.
  case system
  /// A file on the server.
  case keyFile(String, passphrase: String?)
  /// The text of a key, kept sealed.
  case privateKey(String, passphrase: String?)
  case password(String)
  /// A secret that was sealed with another `SECRET_KEY`.
  case lost
}

extension HostAuthentication: CustomStringConvertible, CustomReflectable {
  /// The way, without the secret or the path.
  package var description: String {
    switch self {
    case .system: "system"
    case .keyFile: "key_file"
    case .privateKey: "private_key"
    case .password: "password"
    case .lost: "lost"
    }
  }

  /// `dump` and the interpolation of a containing value look here.
  package var customMirror: Mirror { Mirror(self, children: ["way": description]) }
}

extension HostRecord {
  /// Throws `invalid_input` for what cannot be right whatever the host.
  package func check() throws(DomainError) {
    guard (1...64).contains(name.count), name.utf8.count <= 190, Self.isOneLine(name), !name.hasPrefix(" "),
      !name.hasSuffix(" "), !name.hasPrefix("-")
    else {
      throw .invalid(
        "A host's name has 1 to 64 characters, no blank at its ends and no dash before it.", field: "name")
    }
    try cluster.check()
    guard kind == .slurm || cluster == ClusterSettings() else {
      throw .invalid("Only a cluster takes slurm settings.", hint: "Add it with kind slurm.")
    }
    guard (1...64).contains(slots) else { throw .invalid("A host has 1 to 64 slots.", field: "slots") }
    guard Self.isPlain(address), !address.contains("@"), !address.contains("/") else {
      throw .invalid(
        "This is no host name or address.", hint: "Write the name alone: gpu1.example.org", field: "address")
    }
    if let user, !Self.isPlain(user) { throw .invalid("This is no user name.", field: "user") }
    if let jumpHost, !Self.isPlain(jumpHost) {
      throw .invalid(
        "This is no jump host.", hint: "Write [user@]host[:port]; several with commas between.",
        field: "jump_host")
    }
    if port == 0 { throw .invalid("A port is a number from 1 to 65535.", field: "port") }
    try Self.check(path: userDataDirectory, "The user data folder", field: "user_data_dir")
    if let workDirectory { try Self.check(path: workDirectory, "The work folder", field: "work_dir") }
    if let virtualEnvironment {
      try Self.check(path: virtualEnvironment, "The virtual environment", field: "venv")
    }
    let names = [
      (condaEnvironment, "The conda environment", "conda_env"),
      (trainerCommand, "llamafactory-cli", "llamafactory_path"),
    ]
    for (text, what, field) in names {
      guard let text else { continue }
      guard (1...1024).contains(text.utf8.count), Self.isOneLine(text), !text.hasPrefix("-") else {
        throw .invalid("\(what) is a name or a path.", field: field)
      }
    }
    try authentication.check()
  }

  private static func check(path: String, _ what: String, field: String) throws(DomainError) {
    guard path.hasPrefix("/") || path.hasPrefix("~/"), (2...1024).contains(path.utf8.count), isOneLine(path),
      !path.split(separator: "/").contains("..")
    else {
      throw .invalid(
        "\(what) is a path on the host that begins with / or ~/, without \"..\".", field: field)
    }
  }

  /// Not empty, no option, no blank, nothing a shell in a `ProxyCommand` could act on.
  package static func isPlain(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count) && !text.hasPrefix("-") && isOneLine(text)
      && text.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII && scalar.value > 32 && !"'\"`$\\;&|<>()*?{}!#".unicodeScalars.contains(scalar)
      }
  }

  /// No control character, as Unicode counts them.
  fileprivate static func isOneLine(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 32 && !(127...159).contains($0.value) }
  }
}

extension HostAuthentication {
  fileprivate func check() throws(DomainError) {
    switch self {
    case .system, .lost: break
    case .keyFile(let path, let passphrase):
      guard path.hasPrefix("/"), (2...1024).contains(path.utf8.count), HostRecord.isOneLine(path) else {
        throw .invalid("The path of a key on the server begins with /.", field: "key_path")
      }
      try Self.check(secret: passphrase, field: "passphrase")
    case .privateKey(let text, let passphrase):
      guard text.hasPrefix("-----BEGIN "), text.contains(" PRIVATE KEY-----"), text.utf8.count <= 16_384,
        text.unicodeScalars.allSatisfy({ $0.isASCII && $0.value != 0 })
      else {
        throw .invalid(
          "This is no private key.",
          hint: "Give the whole text of the file, from -----BEGIN … to -----END …, not the .pub file's.",
          field: "private_key")
      }
      try Self.check(secret: passphrase, field: "passphrase")
    case .password(let password): try Self.check(secret: password, field: "password")
    }
  }

  private static func check(secret: String?, field: String) throws(DomainError) {
    guard let secret else { return }
    guard (1...1024).contains(secret.utf8.count), HostRecord.isOneLine(secret) else {
      throw .invalid("A password over SSH is one line.", field: field)
    }
  }
}
