package import Domain
package import ProcessRunning

/// This machine, or a cluster whose login node it is.
package final class LocalHost: AgentBackedHost {
  package let description: HostDescription
  package let channel: AgentChannel
  package let trainerLocation: TrainerLocation
  private let blobs: any BlobStoring
  private let sender: @Sendable () throws(DomainError) -> any AgentTransport

  /// - Parameters:
  ///   - description: its `userDataDirectory` is the folder to which the agent's changes are confined; an absolute
  ///     path, made when it is not there.
  ///   - elsewhere: why it is not reached from here, where it is another machine.
  ///   - log: hears why the agent died or could not be started.
  ///   - changed: hears that `connection` may be another now.
  package init(
    description: HostDescription, agent: AgentProgram, trainer: TrainerLocation = TrainerLocation(),
    blobs: any BlobStoring, spawner: ProcessSpawner, timing: AgentChannel.Timing = AgentChannel.Timing(),
    elsewhere: DomainError? = nil,
    log: @escaping @Sendable (HostID, DomainError) -> Void = { _, _ in },
    changed: @escaping @Sendable () -> Void = {}
  ) {
    self.description = description
    trainerLocation = trainer
    self.blobs = blobs
    let id = description.id
    let root = description.userDataDirectory
    let start: @Sendable (Command) throws(DomainError) -> any AgentTransport = {
      command throws(DomainError) in
      if let elsewhere { throw elsewhere }
      do throws(ProcessError) {
        return LocalTransport(process: try spawner.start(command))
      } catch {
        throw DomainError(
          .hostFailed, "The agent could not be started on this machine.",
          hint: "Check that python3 works: python3 --version", origin: .host, detail: error.debugDescription)
      }
    }
    channel = AgentChannel(timing: timing, report: { log(id, $0) }, changed: changed) {
      () throws(DomainError) in
      try start(try agent.command(root: root))
    }
    sender = { () throws(DomainError) in try start(try agent.command(["send"])) }
  }

  package func run() async { await channel.run() }

  package func place(
    _ blob: BlobKey, contentHash: String, at path: String,
    progress: @escaping @Sendable (TransferProgress) -> Void
  ) async throws(DomainError) {
    // What was put there before is not fetched again.
    if blobs.localPath(of: blob) == nil, try await holds(path, contentHash) { return }
    try await blobs.lend(blob, contentHash: contentHash, progress: progress) { source throws(DomainError) in
      let fields = ["source": source, "target": path, "sha256": contentHash]
      // Generous: hashing and, across file systems, copying of a large file.
      _ = try await channel.ask("place", fields, limit: .seconds(3600), as: NoFields.self)
    }
  }

  /// Whether the file is there with these bytes; one that is not is no error.
  private func holds(_ path: String, _ contentHash: String) async throws(DomainError) -> Bool {
    guard try await facts(of: [path]) != [nil] else { return false }
    do throws(DomainError) {
      // A file that is right needs no source: the agent compares it first.
      let fields = ["source": path, "target": path, "sha256": contentHash]
      _ = try await channel.ask("place", fields, limit: .seconds(3600), as: NoFields.self)
      return true
    } catch {
      if error.code == .hostUnreachable { throw error }
      return false
    }
  }

  package func openSender() async throws(DomainError) -> any AgentTransport { try sender() }

  // A pipe has no window that several could widen.
  package func openExtraSender() async -> (any AgentTransport)? { nil }
  package func transferWidth() async throws(DomainError) -> Int { 1 }
  package var isTransferPaced: Bool { false }

  package func address(ofPort port: Int) async throws(DomainError) -> String { "http://127.0.0.1:\(port)" }

  package func closeAddress(ofPort port: Int) async {}

  /// This machine is the login node: it reaches the nodes itself.
  package func address(of endpoint: JobEndpoint) async throws(DomainError) -> String { endpoint.baseURL }

  package func closeAddress(of endpoint: JobEndpoint) async {}
}
