import Contract

/// What is asked of a Slurm cluster, as options of a command.
enum SlurmOptions {
  static let all: [Command.Option] = [
    .value("partition", "NAME", "Of a Slurm cluster: the partition"),
    .value("account", "NAME", "Of a Slurm cluster: the account that is charged"),
    .value("qos", "NAME", "Of a Slurm cluster: the quality of service"),
    .value("gres", "WORDS", "Of a Slurm cluster: what each node gives, such as gpu:h100:2"),
    .value("constraint", "WORDS", "Of a Slurm cluster: features that the nodes have"),
    .value("minutes", "N", "Of a Slurm cluster: the time limit"),
    .value("nodes", "N", "Of a Slurm cluster: how many nodes (1)"),
    .value("cpus", "N", "Of a Slurm cluster: processors on each node"),
    .value("memory", "MIB", "Of a Slurm cluster: memory on each node, in MiB"),
  ]

  /// Beside those, of a host alone.
  static let ofHost =
    all + [
      .value(
        "services", "WHERE", "Of a Slurm cluster: jobs or login-node, where models are served for chat (jobs)"
      )
    ]

  /// Nil where none was given.
  static func settings(_ arguments: Arguments, ofHost: Bool = false) throws(UsageError) -> SlurmSettings? {
    var services: SlurmServices?
    if ofHost, let word = arguments.text("services") {
      services = SlurmServices(rawValue: word.replacing("-", with: "_"))
      if services == nil { throw UsageError("--services is jobs or login-node, not \"\(word)\".") }
    }
    let settings = SlurmSettings(
      partition: arguments.text("partition"), account: arguments.text("account"), qos: arguments.text("qos"),
      gres: arguments.text("gres"), constraint: arguments.text("constraint"),
      minutes: try arguments.integer("minutes", in: 1...525_600),
      nodes: try arguments.integer("nodes", in: 1...1_024),
      cpus: try arguments.integer("cpus", in: 1...4_096),
      memoryMiB: try arguments.integer("memory", in: 1...1_073_741_824), services: services)
    return settings == SlurmSettings() ? nil : settings
  }
}
