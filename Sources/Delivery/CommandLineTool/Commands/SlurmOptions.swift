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
      ),
      .value("serving-partition", "NAME", "Of a model's job, where it is another than a task's"),
      .value("serving-account", "NAME", "The same"),
      .value("serving-qos", "NAME", "The same"),
      .value("serving-gres", "WORDS", "The same; none takes back what tasks ask for"),
      .value("serving-constraint", "WORDS", "The same"),
      .value("serving-minutes", "N", "The same: its time limit"),
      .value("serving-cpus", "N", "The same"),
      .value("serving-memory", "MIB", "The same"),
    ]

  /// Nil where none was given.
  static func settings(_ arguments: Arguments, ofHost: Bool = false) throws(UsageError) -> SlurmSettings? {
    let settings = try read(arguments, onto: SlurmSettings(), ofHost: ofHost)
    return settings == SlurmSettings() ? nil : settings
  }

  /// A host's settings with those that were given in their place; an empty value takes one back.
  ///
  /// Nil where none was given.
  static func change(
    _ arguments: Arguments, of current: () async throws -> SlurmSettings?
  ) async throws -> SlurmSettings? {
    _ = try settings(arguments, ofHost: true)
    guard ofHost.contains(where: { arguments.text($0.name) != nil }) else { return nil }
    return try read(arguments, onto: try await current() ?? SlurmSettings(), ofHost: true)
  }

  private static func read(
    _ arguments: Arguments, onto old: SlurmSettings, ofHost: Bool
  ) throws(UsageError) -> SlurmSettings {
    func text(_ name: String, _ old: String?) -> String? {
      guard let given = arguments.text(name) else { return old }
      return given.isEmpty ? nil : given
    }
    func number(_ name: String, _ most: Int, _ old: Int?) throws(UsageError) -> Int? {
      switch arguments.text(name) {
      case nil: old
      case "": nil
      default: try arguments.integer(name, in: 1...most)
      }
    }
    var services = old.services
    if ofHost, let word = arguments.text("services") {
      services = SlurmServices(rawValue: word.replacing("-", with: "_"))
      if services == nil, !word.isEmpty {
        throw UsageError("--services is jobs or login-node, not \"\(word)\".")
      }
    }
    var serving = old.serving
    if ofHost {
      let new = SlurmServing(
        partition: text("serving-partition", serving?.partition),
        account: text("serving-account", serving?.account), qos: text("serving-qos", serving?.qos),
        gres: text("serving-gres", serving?.gres),
        constraint: text("serving-constraint", serving?.constraint),
        minutes: try number("serving-minutes", 525_600, serving?.minutes),
        cpus: try number("serving-cpus", 4_096, serving?.cpus),
        memoryMiB: try number("serving-memory", 1_073_741_824, serving?.memoryMiB))
      serving = new == SlurmServing() ? nil : new
    }
    return SlurmSettings(
      partition: text("partition", old.partition), account: text("account", old.account),
      qos: text("qos", old.qos), gres: text("gres", old.gres), constraint: text("constraint", old.constraint),
      minutes: try number("minutes", 525_600, old.minutes), nodes: try number("nodes", 1_024, old.nodes),
      cpus: try number("cpus", 4_096, old.cpus),
      memoryMiB: try number("memory", 1_073_741_824, old.memoryMiB), services: services,
      serving: serving)
  }
}
