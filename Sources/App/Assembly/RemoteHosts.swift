import Domain
import Fleet
import SecretSealing
import Services

/// Hosts over SSH as the settings name them, and how all of them are made.
enum RemoteHosts {
  /// The host of the documents' settings as one that is kept.
  static func record(_ ssh: SSHSettings, settings: Settings) -> HostRecord {
    let authentication: HostAuthentication =
      if let path = ssh.keyPath {
        .keyFile(path, passphrase: ssh.password)
      } else {
        ssh.password.map { .password($0) } ?? .system
      }
    return HostRecord(
      id: identifier(of: ssh.host), name: ssh.host, address: ssh.host, port: ssh.port, user: ssh.user,
      authentication: authentication, userDataDirectory: ssh.userDataDirectory,
      workDirectory: ssh.workDirectory, condaEnvironment: settings.condaEnvironment,
      trainerCommand: settings.trainerCommand, slots: settings.slots,
      createdAt: Timestamp(milliseconds: 0))
  }

  /// The agent that this program carries.
  static var agent: AgentBundle {
    let text = [UInt8](PackageResources.luthier_agent_py)
    return AgentBundle(text: text, hash: hexadecimal(SHA256.hash(text)))
  }

  /// What installs the trainer on a host.
  static var setupBundle: HostSetup.Bundle {
    HostSetup.Bundle(
      script: [UInt8](PackageResources.install_trainer_py),
      requirements: [UInt8](PackageResources.trainer_requirements_txt))
  }

  /// What shows rows as the trainer gives them to a model.
  static var previewScript: [UInt8] { [UInt8](PackageResources.preview_rows_py) }

  /// What compares trainer and server on a host.
  static var verifyScript: [UInt8] { [UInt8](PackageResources.verify_model_py) }

  /// What makes vectors on a host.
  static var embeddingScript: [UInt8] { [UInt8](PackageResources.embed_texts_py) }

  /// What merges an adapter into its base on a host.
  static var mergeScript: [UInt8] { [UInt8](PackageResources.merge_model_py) }

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
