/// `POST /api/hosts` and `POST /api/hosts/test`: how a host is reached over SSH.
///
/// Without a key and a password, the server user's own ssh finds the way: an agent, a certificate, the usual keys.
package struct HostRequest: Codable, Sendable {
  /// `slurm` for a cluster, which is reached by its login node; `ssh` where left out.
  package let kind: HostKind?
  /// 1 to 64 characters, no other host's; the address where left out.
  package let name: String?
  /// A name, an address, or a `Host` of `~/.ssh/config`; for a cluster, `localhost` is the server's own machine,
  /// without SSH.
  package let address: String
  /// 1 to 65535; as `~/.ssh/config` of the server's user says where left out.
  package let port: Int?
  /// As `~/.ssh/config` says where left out.
  package let user: String?
  /// A private key's file on the server.
  package let keyPath: String?
  /// The text of a private key; it is kept sealed and never returned.
  package let privateKey: String?
  /// Of `key_path` or `private_key`; it is kept sealed and never returned.
  package let passphrase: String?
  /// Instead of a key; it is kept sealed and never returned.
  package let password: String?
  /// `[user@]host[:port]`, several with commas between; the server's user must be able to log in there.
  package let jumpHost: String?
  /// Where data and models lie on the host.
  package let userDataDir: String?
  /// Where LLaMA-Factory is looked for and installed on the host.
  package let workDir: String?
  /// A virtual environment on the host.
  package let venv: String?
  /// A conda environment on the host.
  package let condaEnv: String?
  /// `llamafactory-cli` on the host.
  package let llamafactoryPath: String?
  /// Tasks at once, on each GPU where there are any; 1 to 64.
  package let slots: Int?
  /// What tasks ask a cluster for where they say nothing else.
  package let slurm: SlurmSettings?
  /// The host key to accept; without it the first one that is shown is recorded.
  package let fingerprint: String?

  package init(
    kind: HostKind? = nil, name: String? = nil, address: String, port: Int? = nil, user: String? = nil,
    keyPath: String? = nil,
    privateKey: String? = nil, passphrase: String? = nil, password: String? = nil, jumpHost: String? = nil,
    userDataDir: String? = nil, workDir: String? = nil, venv: String? = nil, condaEnv: String? = nil,
    llamafactoryPath: String? = nil, slots: Int? = nil, slurm: SlurmSettings? = nil,
    fingerprint: String? = nil
  ) {
    self.kind = kind
    self.slurm = slurm
    self.name = name
    self.address = address
    self.port = port
    self.user = user
    self.keyPath = keyPath
    self.privateKey = privateKey
    self.passphrase = passphrase
    self.password = password
    self.jumpHost = jumpHost
    self.userDataDir = userDataDir
    self.workDir = workDir
    self.venv = venv
    self.condaEnv = condaEnv
    self.llamafactoryPath = llamafactoryPath
    self.slots = slots
    self.fingerprint = fingerprint
  }

  private enum CodingKeys: String, CodingKey {
    case kind, name, address, port, user, keyPath = "key_path", privateKey = "private_key", passphrase,
      password,
      jumpHost = "jump_host", userDataDir = "user_data_dir", workDir = "work_dir", venv, condaEnv =
      "conda_env", llamafactoryPath = "llamafactory_path", slots, slurm, fingerprint
  }
}

/// `PATCH /api/hosts/{host_id}`: what is left out stays; an empty text and the port 0 take a value back.
///
/// One of `key_path`, `private_key` and `password` replaces the way to log in; all of them empty leaves it to the
/// server user's own ssh.
package struct ChangeHostRequest: Codable, Sendable {
  package let name: String?
  package let address: String?
  /// 1 to 65535; 0 leaves it to `~/.ssh/config` of the server's user again.
  package let port: Int?
  /// As `~/.ssh/config` says where left out.
  package let user: String?
  /// A private key's file on the server.
  package let keyPath: String?
  /// The text of a private key; it is kept sealed and never returned.
  package let privateKey: String?
  /// Of `key_path` or `private_key`; it is kept sealed and never returned.
  package let passphrase: String?
  /// Instead of a key; it is kept sealed and never returned.
  package let password: String?
  /// `[user@]host[:port]`, several with commas between; the server's user must be able to log in there.
  package let jumpHost: String?
  /// Where data and models lie on the host.
  package let userDataDir: String?
  /// Where LLaMA-Factory is looked for and installed on the host.
  package let workDir: String?
  /// A virtual environment on the host.
  package let venv: String?
  /// A conda environment on the host.
  package let condaEnv: String?
  /// `llamafactory-cli` on the host.
  package let llamafactoryPath: String?
  /// Tasks at once, on each GPU where there are any; 1 to 64.
  package let slots: Int?
  /// What tasks ask a cluster for, in place of all that was set before.
  package let slurm: SlurmSettings?

  package init(
    name: String? = nil, address: String? = nil, port: Int? = nil, user: String? = nil,
    keyPath: String? = nil, privateKey: String? = nil, passphrase: String? = nil, password: String? = nil,
    jumpHost: String? = nil, userDataDir: String? = nil, workDir: String? = nil, venv: String? = nil,
    condaEnv: String? = nil, llamafactoryPath: String? = nil, slots: Int? = nil,
    slurm: SlurmSettings? = nil
  ) {
    self.slurm = slurm
    self.name = name
    self.address = address
    self.port = port
    self.user = user
    self.keyPath = keyPath
    self.privateKey = privateKey
    self.passphrase = passphrase
    self.password = password
    self.jumpHost = jumpHost
    self.userDataDir = userDataDir
    self.workDir = workDir
    self.venv = venv
    self.condaEnv = condaEnv
    self.llamafactoryPath = llamafactoryPath
    self.slots = slots
  }

  private enum CodingKeys: String, CodingKey {
    case name, address, port, user, keyPath = "key_path", privateKey = "private_key", passphrase, password,
      jumpHost = "jump_host", userDataDir = "user_data_dir", workDir = "work_dir", venv, condaEnv =
      "conda_env", llamafactoryPath = "llamafactory_path", slots, slurm
  }
}

/// `POST /api/hosts/{host_id}/trust`.
package struct TrustHostRequest: Codable, Sendable {
  /// The whole of it, with `SHA256:` before it.
  package let fingerprint: String

  package init(fingerprint: String) {
    self.fingerprint = fingerprint
  }

  private enum CodingKeys: String, CodingKey { case fingerprint }
}

package enum HostLogin: String, WireEnum {
  case system, keyFile = "key_file", privateKey = "private_key", password
  /// It was sealed with another `SECRET_KEY`.
  case lost
}

/// How a host is reached, without its secrets and the path of its key; for administrators.
package struct HostSettingsReply: Codable, Sendable {
  package let port: Int?
  package let user: String?
  package let authentication: HostLogin
  package let jumpHost: String?
  package let userDataDir: String
  package let workDir: String?
  package let venv: String?
  package let condaEnv: String?
  package let llamafactoryPath: String?
  /// What tasks ask a cluster for where they say nothing else.
  package let slurm: SlurmSettings?
  package let createdBy: String?
  /// Nil where it stands in the server's own settings.
  package let createdAt: String?

  package init(
    port: Int? = nil, user: String? = nil, authentication: HostLogin, jumpHost: String? = nil,
    userDataDir: String, workDir: String? = nil, venv: String? = nil, condaEnv: String? = nil,
    llamafactoryPath: String? = nil, slurm: SlurmSettings? = nil, createdBy: String? = nil,
    createdAt: String? = nil
  ) {
    self.port = port
    self.user = user
    self.authentication = authentication
    self.jumpHost = jumpHost
    self.userDataDir = userDataDir
    self.workDir = workDir
    self.venv = venv
    self.condaEnv = condaEnv
    self.llamafactoryPath = llamafactoryPath
    self.slurm = slurm
    self.createdBy = createdBy
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey {
    case port, user, authentication, jumpHost = "jump_host", userDataDir = "user_data_dir", workDir =
      "work_dir", venv, condaEnv = "conda_env", llamafactoryPath = "llamafactory_path", slurm, createdBy =
      "created_by", createdAt = "created_at"
  }
}

/// What a try of a host found.
package struct HostTrialReply: Codable, Sendable {
  package let connected: Bool
  package let problem: String?
  package let hint: String?
  /// Of the host's keys, to be compared with its own.
  package let fingerprints: [String]
  package let hostname: String?
  package let system: String?
  package let python: String?
  /// Where `llamafactory-cli` is; nil where it was not found.
  package let trainer: String?
  package let trainerProblem: String?
  /// Of a cluster: the version of Slurm on its login node; nil where sbatch was not found, and of other hosts.
  package let slurm: String?
  /// Of a cluster: why no job can be handed to its Slurm.
  package let slurmProblem: String?
  package let slurmHint: String?

  package init(
    connected: Bool, problem: String? = nil, hint: String? = nil, fingerprints: [String],
    hostname: String? = nil, system: String? = nil, python: String? = nil, trainer: String? = nil,
    trainerProblem: String? = nil, slurm: String? = nil, slurmProblem: String? = nil, slurmHint: String? = nil
  ) {
    self.slurm = slurm
    self.slurmProblem = slurmProblem
    self.slurmHint = slurmHint
    self.connected = connected
    self.problem = problem
    self.hint = hint
    self.fingerprints = fingerprints
    self.hostname = hostname
    self.system = system
    self.python = python
    self.trainer = trainer
    self.trainerProblem = trainerProblem
  }

  private enum CodingKeys: String, CodingKey {
    case connected, problem, hint, fingerprints, hostname, system, python, trainer, trainerProblem =
      "trainer_problem", slurm, slurmProblem = "slurm_problem", slurmHint = "slurm_hint"
  }
}
