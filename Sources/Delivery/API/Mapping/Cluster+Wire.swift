import Contract
import Domain

/// A text that was given; an empty one is left out.
private func word(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

extension ClusterRequest {
  fileprivate init(_ settings: SlurmSettings) {
    self.init(
      partition: word(settings.partition), account: word(settings.account), qos: word(settings.qos),
      gres: word(settings.gres), constraint: word(settings.constraint), minutes: settings.minutes,
      nodes: settings.nodes, cpus: settings.cpus, memory: settings.memoryMiB)
  }

  fileprivate init(_ serving: SlurmServing) {
    self.init(
      partition: word(serving.partition), account: word(serving.account), qos: word(serving.qos),
      gres: word(serving.gres), constraint: word(serving.constraint), minutes: serving.minutes,
      cpus: serving.cpus, memory: serving.memoryMiB)
  }

  /// Nil where nothing is asked for.
  var wire: SlurmSettings? { ClusterSettings(tasks: self).wire }

  fileprivate var servingWire: SlurmServing {
    SlurmServing(
      partition: partition, account: account, qos: qos, gres: gres, constraint: constraint, minutes: minutes,
      cpus: cpus, memoryMiB: memory)
  }
}

extension ClusterSettings {
  init(_ settings: SlurmSettings) {
    self.init(
      tasks: ClusterRequest(settings),
      services: settings.services.flatMap { Services(rawValue: $0.rawValue) },
      serving: settings.serving.map { ClusterRequest($0) } ?? ClusterRequest())
  }

  /// Nil where nothing is asked for.
  var wire: SlurmSettings? {
    if self == ClusterSettings() { return nil }
    return SlurmSettings(
      partition: tasks.partition, account: tasks.account, qos: tasks.qos, gres: tasks.gres,
      constraint: tasks.constraint, minutes: tasks.minutes, nodes: tasks.nodes, cpus: tasks.cpus,
      memoryMiB: tasks.memory, services: services.flatMap { SlurmServices(rawValue: $0.rawValue) },
      serving: serving == ClusterRequest() ? nil : serving.servingWire)
  }
}
