import Contract
import Domain
import HTTPServing
import Services

extension Hosts {
  static func add(_ call: Call) async throws -> Response {
    let request = try await call.body(HostRequest.self)
    let host = try HostRecord(request, by: try call.user.id, at: call.services.clock.now())
    try await call.services.hostAdministration.add(host, fingerprint: request.fingerprint)
    return try .json(try await reply(call, id: host.id))
  }

  static func change(_ call: Call) async throws -> Response {
    let id: HostID = try call.identifier("The host")
    let request = try await call.body(ChangeHostRequest.self)
    try await call.services.hostAdministration.change(id) { host throws(DomainError) in
      try host.apply(request)
    }
    return try .json(try await reply(call))
  }

  static func remove(_ call: Call) async throws -> Response {
    try await call.services.hostAdministration.remove(try call.identifier("The host"))
    return try .json(MessageReply(message: "The host was removed; nothing on it was changed."))
  }

  static func testNew(_ call: Call) async throws -> Response {
    let request = try await call.body(HostRequest.self)
    let host = try HostRecord(request, by: try call.user.id, at: call.services.clock.now())
    return try .json(try await call.services.hostAdministration.test(host).wire)
  }

  static func test(_ call: Call) async throws -> Response {
    let id: HostID = try call.identifier("The host")
    return try .json(try await call.services.hostAdministration.test(id).wire)
  }

  static func trust(_ call: Call) async throws -> Response {
    let id: HostID = try call.identifier("The host")
    let request = try await call.body(TrustHostRequest.self)
    try await call.services.hostAdministration.trust(id, fingerprint: request.fingerprint)
    return try .json(try await reply(call))
  }
}

extension HostRecord {
  fileprivate init(_ request: HostRequest, by user: UserID, at now: Timestamp) throws(DomainError) {
    // What takes a value back has nothing to take back here.
    guard request.port != 0 else {
      throw .invalid("A port is a number from 1 to 65535.", field: "port")
    }
    guard request.kind != .local else {
      throw .invalid("This machine is always there.", hint: "Give the kind ssh or slurm.")
    }
    self.init(
      id: .make(), kind: request.kind == .slurm ? .slurm : .ssh, name: request.name ?? request.address,
      address: request.address, createdBy: user,
      createdAt: now)
    try apply(
      ChangeHostRequest(
        port: request.port, user: request.user, keyPath: request.keyPath, privateKey: request.privateKey,
        passphrase: request.passphrase, password: request.password, jumpHost: request.jumpHost,
        userDataDir: request.userDataDir, workDir: request.workDir, venv: request.venv,
        condaEnv: request.condaEnv, llamafactoryPath: request.llamafactoryPath, slots: request.slots,
        slurm: request.slurm))
  }

  /// What is nil stays; an empty text and the port 0 take a value back.
  fileprivate mutating func apply(_ request: ChangeHostRequest) throws(DomainError) {
    if let name = request.name { self.name = name }
    if let address = request.address { self.address = address }
    if let port = request.port {
      guard let number = UInt16(exactly: port) else {
        throw .invalid("A port is a number from 1 to 65535.", field: "port")
      }
      self.port = number == 0 ? nil : number
    }
    if let slots = request.slots { self.slots = slots }
    if let slurm = request.slurm { cluster = ClusterSettings(slurm) }
    Self.set(&user, request.user)
    Self.set(&jumpHost, request.jumpHost)
    Self.set(&workDirectory, request.workDir)
    Self.set(&virtualEnvironment, request.venv)
    Self.set(&condaEnvironment, request.condaEnv)
    Self.set(&trainerCommand, request.llamafactoryPath)
    if let folder = request.userDataDir {
      userDataDirectory = folder.isEmpty ? Self.usualUserData : folder
    }
    for folder in [\Self.workDirectory, \Self.virtualEnvironment] {
      if let path = self[keyPath: folder] { self[keyPath: folder] = Self.plain(path) }
    }
    userDataDirectory = Self.plain(userDataDirectory)
    try authentication.apply(request)
  }

  private static func set(_ value: inout String?, _ change: String?) {
    if let change { value = change.isEmpty ? nil : change }
  }

  /// Without the slash at the end.
  private static func plain(_ path: String) -> String {
    path.count > 2 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }
}

extension HostAuthentication {
  fileprivate mutating func apply(_ request: ChangeHostRequest) throws(DomainError) {
    let ways = [request.keyPath, request.privateKey, request.password]
    let given = ways.compactMap(\.self).filter { !$0.isEmpty }
    guard given.count <= 1 else {
      throw .invalid(
        "Give one of key_path, private_key and password.", hint: "A key's passphrase goes into passphrase.")
    }
    let passphrase = request.passphrase.flatMap { $0.isEmpty ? nil : $0 }
    if let path = request.keyPath, !path.isEmpty {
      self = .keyFile(path, passphrase: passphrase)
    } else if let text = request.privateKey, !text.isEmpty {
      self = .privateKey(text, passphrase: passphrase)
    } else if let password = request.password, !password.isEmpty {
      self = .password(password)
    } else if ways.contains("") {
      self = .system
    } else if let change = request.passphrase {
      switch self {
      case .keyFile(let path, _): self = .keyFile(path, passphrase: change.isEmpty ? nil : change)
      case .privateKey(let text, _): self = .privateKey(text, passphrase: change.isEmpty ? nil : change)
      case .system, .password, .lost:
        throw .invalid("A passphrase needs a key beside it.", hint: "Give key_path or private_key as well.")
      }
    }
  }
}
