import Domain
import ProcessRunning

/// The ways to ports on a host's loopback: forwarded by SSH, or spliced where the host forbids that.
actor HostPorts {
  private let master: SSHMaster
  private let sessions: HostSessions
  private let agentHash: String
  private let spawner: ProcessSpawner
  private var spliced: [UInt32: SplicedPort] = [:]

  init(master: SSHMaster, sessions: HostSessions, agentHash: String, spawner: ProcessSpawner) {
    self.master = master
    self.sessions = sessions
    self.agentHash = agentHash
    self.spawner = spawner
  }

  /// The port on this machine's loopback that leads to `port` on the host's.
  func localPort(to port: UInt32) async throws(DomainError) -> UInt32 {
    if let present = spliced[port] { return UInt32(present.localPort) }
    if let forwarded = try await master.localPort(to: port) { return forwarded }
    // Another question for the same port may have been faster.
    if let present = spliced[port] { return UInt32(present.localPort) }
    do throws(ProcessError) {
      let way = try SplicedPort(to: port, agentHash: agentHash, sessions: sessions, spawner: spawner)
      spliced[port] = way
      return UInt32(way.localPort)
    } catch {
      throw DomainError(
        .hostUnreachable, "The port of the host could not be reached through SSH.",
        hint: "This machine has no port or descriptor left; try again.", detail: error.debugDescription)
    }
  }

  /// Takes the way to a port of the host down.
  func close(_ port: UInt32) async {
    spliced.removeValue(forKey: port)?.close()
    await master.closePort(to: port)
  }

  func closeAll() {
    for way in spliced.values { way.close() }
    spliced = [:]
  }
}
