package import Domain

/// The hosts there are.
package actor HostRegistry: HostFleet {
  private let known: [any RunnableHost]

  /// The order is kept.
  package init(_ hosts: [any RunnableHost]) {
    known = hosts
  }

  /// Keeps every host connected until the task is cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for host in known { group.addTask { await host.run() } }
    }
  }

  package func hosts() async -> [any Host] { known }

  package func host(_ id: HostID) async throws(DomainError) -> any Host {
    guard let host = known.first(where: { $0.description.id == id }) else { throw .notFound("The host") }
    return host
  }
}
