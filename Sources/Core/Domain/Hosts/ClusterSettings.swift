/// How a host that is a Slurm cluster is used.
package struct ClusterSettings: Sendable, Equatable {
  /// What tasks ask for where they say nothing else.
  package var tasks: ClusterRequest
  /// Where models are served that are loaded for chat; nil is `jobs`.
  package var services: Services?
  /// What the jobs of those ask for where that is something else; each is on one node.
  package var serving: ClusterRequest

  package enum Services: String, Sendable, CaseIterable {
    /// Each in a job of the cluster.
    case jobs
    /// On the login node itself.
    case loginNode = "login_node"
  }

  package init(
    tasks: ClusterRequest = ClusterRequest(), services: Services? = nil,
    serving: ClusterRequest = ClusterRequest()
  ) {
    self.tasks = tasks
    self.services = services
    self.serving = serving
  }

  /// Throws `invalid_input` for what no cluster could mean; whether this one has it, Slurm says itself.
  package func check() throws(DomainError) {
    try tasks.check()
    try serving.check(as: "slurm.serving")
  }

  /// What a model's server asks for; nil where it runs on the login node.
  package var serviceRequest: ClusterRequest? {
    guard services != .loginNode else { return nil }
    var request = serving.over(tasks)
    request.nodes = 1
    return request
  }
}

extension ClusterSettings {
  /// As it is stored: a line each.
  package var text: String? {
    ClusterRequest.text(
      tasks.lines + (services.map { [Self.ofServices + $0.rawValue] } ?? [])
        + serving.lines.map { Self.ofServing + $0 })
  }

  /// From a stored text; what cannot be read is left out.
  package init(text: String?) {
    let lines = (text ?? "").split(separator: "\n")
    let ofServing = lines.filter { $0.hasPrefix(Self.ofServing) }
    let ofServices = lines.last { $0.hasPrefix(Self.ofServices) }
    self.init(
      tasks: ClusterRequest(lines: lines),
      services: ofServices.flatMap { Services(rawValue: String($0.dropFirst(Self.ofServices.count))) },
      serving: ClusterRequest(lines: ofServing.map { $0.dropFirst(Self.ofServing.count) }))
  }

  private static let ofServices = "services="
  private static let ofServing = "serving."
}
