import Contract
import Domain

extension ClusterRequest {
  /// An empty text is one that was left out.
  init(_ settings: SlurmSettings) {
    func word(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
    self.init(
      partition: word(settings.partition), account: word(settings.account), qos: word(settings.qos),
      gres: word(settings.gres), constraint: word(settings.constraint), minutes: settings.minutes,
      nodes: settings.nodes, cpus: settings.cpus, memory: settings.memoryMiB,
      services: settings.services.flatMap { ClusterRequest.Services(rawValue: $0.rawValue) },
      serving: settings.serving.map { other in
        ClusterServing(
          partition: word(other.partition), account: word(other.account), qos: word(other.qos),
          gres: word(other.gres), constraint: word(other.constraint), minutes: other.minutes,
          cpus: other.cpus, memory: other.memoryMiB)
      } ?? ClusterServing())
  }

  /// Nil where nothing is asked for.
  var wire: SlurmSettings? {
    if self == ClusterRequest() { return nil }
    return SlurmSettings(
      partition: partition, account: account, qos: qos, gres: gres, constraint: constraint, minutes: minutes,
      nodes: nodes, cpus: cpus, memoryMiB: memory,
      services: services.flatMap { SlurmServices(rawValue: $0.rawValue) },
      serving: serving == ClusterServing()
        ? nil
        : SlurmServing(
          partition: serving.partition, account: serving.account, qos: serving.qos, gres: serving.gres,
          constraint: serving.constraint, minutes: serving.minutes, cpus: serving.cpus,
          memoryMiB: serving.memory))
  }
}
