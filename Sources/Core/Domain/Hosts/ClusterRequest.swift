/// What a job asks a Slurm cluster for, a task's or a model's; what is nil is as the cluster, or the host's own defaults,
/// have it.
package struct ClusterRequest: Sendable, Equatable {
  package var partition: String?
  package var account: String?
  package var qos: String?
  /// On each node, such as `gpu:h100:2`; `none` where the host asks for GPUs and this job needs none.
  package var gres: String?
  package var constraint: String?
  /// The time limit.
  package var minutes: Int?
  package var nodes: Int?
  /// On each node.
  package var cpus: Int?
  /// MiB on each node.
  package var memory: Int?

  package init(
    partition: String? = nil, account: String? = nil, qos: String? = nil, gres: String? = nil,
    constraint: String? = nil, minutes: Int? = nil, nodes: Int? = nil, cpus: Int? = nil, memory: Int? = nil
  ) {
    self.partition = partition
    self.account = account
    self.qos = qos
    self.gres = gres
    self.constraint = constraint
    self.minutes = minutes
    self.nodes = nodes
    self.cpus = cpus
    self.memory = memory
  }

  package static let mostMinutes = 525_600
  package static let mostNodes = 1_024
  package static let mostCPUs = 4_096
  package static let mostMemory = 1 << 30
}

extension ClusterRequest {
  /// Throws `invalid_input` for what no cluster could mean; whether this one has it, Slurm says itself.
  ///
  /// - Parameter setting: its name there.
  package func check(as setting: String = "slurm") throws(DomainError) {
    for (text, name) in texts {
      guard let text else { continue }
      guard Self.isWord(text) else {
        throw .invalid(
          "The setting \(setting).\(name) holds what Slurm has no use for.",
          hint: "Write it as behind sbatch --\(name)=, with letters, digits and _.:,@=+/()[]- alone.",
          field: "\(setting).\(name)")
      }
    }
    try Self.check(minutes, upTo: Self.mostMinutes, as: "\(setting).minutes")
    try Self.check(nodes, upTo: Self.mostNodes, as: "\(setting).nodes")
    try Self.check(cpus, upTo: Self.mostCPUs, as: "\(setting).cpus")
    try Self.check(memory, upTo: Self.mostMemory, as: "\(setting).memory_mib")
  }

  // A loop over a table of them is compiled to other bytes now and then: a release would not be reproducible.
  private static func check(_ number: Int?, upTo most: Int, as field: String) throws(DomainError) {
    guard let number, !(1...most).contains(number) else { return }
    throw .invalid("The setting \(field) is a number from 1 to \(most).", field: field)
  }

  private var texts: [(String?, String)] {
    [
      (partition, "partition"), (account, "account"), (qos, "qos"), (gres, "gres"),
      (constraint, "constraint"),
    ]
  }

  /// Begins with a letter, a digit or `_`: it is no option, whatever it is put behind.
  private static func isWord(_ text: String) -> Bool {
    guard (1...200).contains(text.utf8.count), let first = text.unicodeScalars.first else { return false }
    return isPlain(first) && text.unicodeScalars.allSatisfy { isPlain($0) || marks.contains($0) }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }

  private static let marks = Set(".:,@=+/()[]-".unicodeScalars)
}

extension ClusterRequest {
  /// With what is nil taken from the defaults.
  package func over(_ defaults: ClusterRequest) -> ClusterRequest {
    ClusterRequest(
      partition: partition ?? defaults.partition, account: account ?? defaults.account,
      qos: qos ?? defaults.qos, gres: gres ?? defaults.gres, constraint: constraint ?? defaults.constraint,
      minutes: minutes ?? defaults.minutes, nodes: nodes ?? defaults.nodes, cpus: cpus ?? defaults.cpus,
      memory: memory ?? defaults.memory)
  }

  /// With so many GPUs on each node, of the kind that is asked for already; nil leaves it as it is.
  package func asking(gpus: Int?) -> ClusterRequest {
    guard let gpus else { return self }
    var request = self
    let kind = (gres ?? "gpu").split(separator: ",").first { $0 == "gpu" || $0.hasPrefix("gpu:") } ?? "gpu"
    var parts = kind.split(separator: ":").map(String.init)
    if let last = parts.last, Int(last) != nil { parts.removeLast() }
    request.gres = gpus == 0 ? nil : (parts + [String(gpus)]).joined(separator: ":")
    return request
  }

  /// GPUs on each node; 0 without.
  package var gpus: Int {
    guard let kind = (gres ?? "").split(separator: ",").first(where: { $0 == "gpu" || $0.hasPrefix("gpu:") })
    else { return 0 }
    let digits = kind.split(separator: ":").last?.prefix { $0.isNumber } ?? ""
    return Int(digits) ?? 1
  }

  /// As it is stored: a line each.
  package var text: String? { Self.text(lines) }

  var lines: [String] {
    texts.compactMap { text, name in text.map { "\(name)=\($0)" } }
      + [(minutes, "minutes"), (nodes, "nodes"), (cpus, "cpus"), (memory, "memory")]
      .compactMap { number, name in number.map { "\(name)=\($0)" } }
  }

  static func text(_ lines: [String]) -> String? { lines.isEmpty ? nil : lines.joined(separator: "\n") }

  /// From a stored text; what cannot be read is left out.
  package init(text: String?) { self.init(lines: (text ?? "").split(separator: "\n")) }

  init(lines: [Substring]) {
    self.init()
    for line in lines {
      let halves = line.split(separator: "=", maxSplits: 1).map(String.init)
      guard halves.count == 2 else { continue }
      switch halves[0] {
      case "partition": partition = halves[1]
      case "account": account = halves[1]
      case "qos": qos = halves[1]
      case "gres": gres = halves[1]
      case "constraint": constraint = halves[1]
      case "minutes": minutes = Int(halves[1])
      case "nodes": nodes = Int(halves[1])
      case "cpus": cpus = Int(halves[1])
      case "memory": memory = Int(halves[1])
      default: break
      }
    }
  }
}
