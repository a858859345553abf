import Domain
import ProcessRunning

/// A port of a host's loopback, or one of a machine that the host reaches.
struct RemotePlace: Sendable, Hashable {
  /// An IP address.
  let address: String
  let port: UInt32

  /// Nil for what is no port.
  init?(_ endpoint: JobEndpoint) {
    guard let port = UInt32(exactly: endpoint.port), (1...65_535).contains(port) else { return nil }
    self.init(endpoint.address, port)
  }

  init(_ address: String, _ port: UInt32) {
    self.address = address
    self.port = port
  }
}

/// The ways to ports that a host reaches: forwarded by SSH, or spliced where the host forbids that.
actor HostPorts {
  private let master: SSHMaster
  private let sessions: HostSessions
  private let agentHash: String
  private let spawner: ProcessSpawner
  private var spliced: [RemotePlace: SplicedPort] = [:]

  init(master: SSHMaster, sessions: HostSessions, agentHash: String, spawner: ProcessSpawner) {
    self.master = master
    self.sessions = sessions
    self.agentHash = agentHash
    self.spawner = spawner
  }

  /// The port on this machine's loopback that leads to the place.
  func localPort(to place: RemotePlace) async throws(DomainError) -> UInt32 {
    if let present = spliced[place] { return UInt32(present.localPort) }
    if let forwarded = try await master.localPort(to: place) { return forwarded }
    // Another question for the same place may have been faster.
    if let present = spliced[place] { return UInt32(present.localPort) }
    do throws(ProcessError) {
      let way = try SplicedPort(to: place, agentHash: agentHash, sessions: sessions, spawner: spawner)
      spliced[place] = way
      return UInt32(way.localPort)
    } catch {
      throw DomainError(
        .hostUnreachable, "The port of the host could not be reached through SSH.",
        hint: "This machine has no port or descriptor left; try again.", detail: error.debugDescription)
    }
  }

  /// Takes the way to a place down.
  func close(_ place: RemotePlace) async {
    spliced.removeValue(forKey: place)?.close()
    await master.closePort(to: place)
  }

  func closeAll() {
    for way in spliced.values { way.close() }
    spliced = [:]
  }
}
