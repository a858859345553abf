import Domain
import Fleet
import SecretSealing

/// Hosts over SSH as the settings name them.
enum RemoteHosts {
  static func setup(
    _ ssh: SSHSettings, settings: Settings, folders: DataFolders, environment: [String: String]
  ) throws -> SSHHost.Setup {
    let id = identifier(of: ssh.host)
    let agent = [UInt8](PackageResources.luthier_agent_py)
    let connection: SSHConnectionSettings
    do throws(DomainError) {
      connection = try SSHConnectionSettings(
        host: ssh.host, port: ssh.port, user: ssh.user, keyPath: ssh.keyPath, password: ssh.password)
    } catch {
      throw StartError("SSH_HOST, SSH_USERNAME or SSH_PASSWORD: \(error.message) \(error.hint ?? "")")
    }
    var setup = SSHHost.Setup(
      description: HostDescription(
        id: id, name: ssh.host, kind: .ssh, userDataDirectory: ssh.userDataDirectory, slots: settings.slots),
      connection: connection, folder: folders.ssh(id),
      agent: AgentBundle(text: agent, hash: hexadecimal(SHA256.hash(agent))))
    setup.environment = environment
    setup.trainer = TrainerLocation(
      command: settings.trainerCommand, condaEnvironment: settings.condaEnvironment,
      workDirectory: ssh.workDirectory)
    return setup
  }

  /// The host's name with what an identifier cannot hold replaced: another SSH_HOST is another host.
  static func identifier(of host: String) -> HostID {
    let name = host.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return HostID(rawValue: "ssh-" + String(name.prefix(50)))
  }

  static func note(_ notice: SSHNotice, of host: HostID, _ log: ServerLog) {
    switch notice {
    case .hostKeyRecorded(let fingerprint):
      log.warning(
        "host key recorded at first sight; compare it with the host's own",
        ["host": host.rawValue, "fingerprint": fingerprint])
    case .agentDeployed(let hash): log.info("agent sent", ["host": host.rawValue, "sha256": hash])
    case .connectionLost(let error):
      log.warning("connection lost", ["host": host.rawValue, "error": error.debugDescription])
    }
  }
}
