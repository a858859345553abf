package import Domain
import FoundationEssentials
import Glibc
import Synchronization

/// Hosts that come and go while the server runs: over SSH, and clusters whose login node is this machine.
package final class SSHEnrolment: HostEnrolling {
  private let registry: HostRegistry
  private let factory: SSHHostFactory
  private let loginNode: LoginNode
  private let settled: [HostRecord]
  private let stream: AsyncStream<HostID>
  private let continuation: AsyncStream<HostID>.Continuation
  /// Where each host was reached last: another address is another machine, with another key.
  private let addresses = Mutex<[HostID: [String]]>([:])

  /// - Parameter fixed: hosts of the server's own settings; they are enrolled like any other.
  package init(
    registry: HostRegistry, factory: SSHHostFactory, loginNode: LoginNode, fixed: [HostRecord] = []
  ) {
    self.registry = registry
    self.loginNode = loginNode
    self.factory = factory
    settled = fixed
    (stream, continuation) = AsyncStream.makeStream()
  }

  package func changes() -> AsyncStream<HostID> { stream }

  package func fixed(_ id: HostID) -> HostRecord? { settled.first { $0.id == id } }

  package func check(_ host: HostRecord) throws(DomainError) {
    if host.isHere { try loginNode.check(host) } else { _ = try factory.connection(of: host) }
  }

  package func enroll(_ host: HostRecord) async throws(DomainError) {
    let (id, continuation) = (host.id, continuation)
    try check(host)
    let before = addresses.withLock { $0.updateValue(Self.address(of: host), forKey: id) }
    if let before, before != Self.address(of: host) { factory.folder(id).forgetHost() }
    if host.isHere {
      await registry.put(try loginNode.host(host) { continuation.yield(id) })
    } else {
      await registry.put(try factory.make(host) { continuation.yield(id) })
    }
  }

  private static func address(of host: HostRecord) -> [String] {
    [host.address, host.port.map { String($0) } ?? "", host.jumpHost ?? ""]
  }

  package func dismiss(_ id: HostID) async {
    await registry.remove(id)
    _ = addresses.withLock { $0.removeValue(forKey: id) }
    factory.folder(id).remove()
  }

  package func pin(_ fingerprint: String, of host: HostRecord) async throws(DomainError) {
    if host.isHere {
      throw .conflict("This machine is not reached over SSH.", hint: "It has no key to accept.")
    }
    let connection = try factory.connection(of: host)
    let folder = factory.folder(host.id)
    try folder.prepare()
    let draft = "\(folder.state)/shown_hosts"
    defer { unlink(draft) }
    try await factory.keys.ask(connection, into: draft)
    let shown = await factory.keys.fingerprints(in: draft)
    guard shown.contains(fingerprint) else {
      throw .conflict(
        "The host shows another key: \(shown.joined(separator: ", ")).",
        hint: "Compare it with the host's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
    }
    guard rename(draft, folder.knownHosts) == 0 else {
      throw DomainError(
        .internalFault, "The host's key could not be recorded.", detail: String(cString: strerror(errno)))
    }
    addresses.withLock { $0[host.id] = Self.address(of: host) }
  }

  package func trial(of host: HostRecord) async throws(DomainError) -> HostTrial {
    if host.isHere {
      return await Self.tried(try loginNode.host(host), as: host).trial(fingerprints: [])
    }
    // A folder of its own: one trial does not disturb another, nor the host itself.
    let folder = factory.folder(HostID(rawValue: "trial-\(randomUUID())"))
    defer { folder.remove() }
    try folder.prepare()
    let known = factory.folder(host.id).knownHosts
    if let bytes = try? String(contentsOf: URL(filePath: known), encoding: .utf8) {
      try folder.write(bytes, to: folder.knownHosts, mode: 0o600)
    }
    var setup = try factory.setup(host, in: folder)
    // It answers or fails by itself long before.
    setup.timing.patience = .seconds(90)
    let tried = SSHHost(setup, blobs: factory.blobs, spawner: factory.spawner)
    let found = await Self.tried(tried, as: host)
    return found.trial(fingerprints: await factory.keys.fingerprints(in: folder.knownHosts))
  }

  /// What a host that was tried said of itself.
  private struct Finding {
    var facts: HostFacts?
    var trainer: TrainerFacts?
    var problem: DomainError?
    var cluster: ClusterFacts?
    var obstacle: (message: String, cure: String?)?

    func trial(fingerprints: [String]) -> HostTrial {
      HostTrial(
        fingerprints: fingerprints, facts: facts, trainer: trainer, problem: problem, cluster: cluster,
        obstacle: obstacle)
    }
  }

  private static func tried(_ host: any RunnableHost, as record: HostRecord) async -> Finding {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await host.run() }
      defer { group.cancelAll() }
      return await look(at: host, as: record)
    }
  }

  private static func look(at host: any RunnableHost, as record: HostRecord) async -> Finding {
    var finding = Finding()
    do throws(DomainError) {
      let facts = try await host.facts()
      finding.trainer = try await host.trainer(thorough: false)
      finding.facts = facts
    } catch {
      return Finding(problem: error)
    }
    guard record.kind == .slurm else { return finding }
    do throws(DomainError) {
      let cluster = try await host.cluster()
      finding.cluster = cluster
      finding.obstacle = cluster.obstacle(to: record.cluster.tasks.partition).map { ($0.message, $0.cure) }
    } catch {
      // It was reached all the same: what it is, is known.
      finding.obstacle = (error.message, error.hint)
    }
    return finding
  }
}
