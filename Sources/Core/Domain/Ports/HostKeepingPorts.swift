/// The hosts that administrators added, with their secrets sealed.
package protocol HostStoring: Sendable {
  /// Throws `conflict` where the name is taken.
  func insert(_ host: HostRecord, event: NewEvent) async throws(DomainError) -> EventRecord
  /// In the order they were added.
  func hosts() async throws(DomainError) -> [HostRecord]
  func host(_ id: HostID) async throws(DomainError) -> HostRecord?
  /// Nil where there is none; throws `conflict` where the name is taken.
  func update(_ host: HostRecord, event: NewEvent) async throws(DomainError) -> EventRecord?
  /// Deletes the row unless something on the host has not ended, in one transaction.
  func delete(_ id: HostID, event: NewEvent) async throws(DomainError) -> HostDeletion
}

/// How the removal of a host went.
package enum HostDeletion: Sendable, Equatable {
  case deleted(EventRecord)
  /// The tasks that have not ended, and how many model services run.
  case inUse(tasks: [TaskID], services: Int)
  case missing
}

/// Lets hosts come, go and change while the server runs.
package protocol HostEnrolling: Sendable {
  /// Throws `invalid_input` for what cannot be connected to whatever the network.
  func check(_ host: HostRecord) throws(DomainError)
  /// Connects a host, in place of the one with its identifier.
  func enroll(_ host: HostRecord) async throws(DomainError)
  /// Ends the connection and removes what was kept about the host on this machine.
  func dismiss(_ id: HostID) async
  /// Connects without keeping anything here, and looks what is there.
  func trial(of host: HostRecord) async throws(DomainError) -> HostTrial
  /// Records the host key with this fingerprint in place of those known, before any login with it.
  ///
  /// Throws `conflict` where the host shows another, and `host_unreachable` where it shows none.
  func pin(_ fingerprint: String, of host: HostRecord) async throws(DomainError)
  /// The host of this identifier that the server's own settings name; nil where it is not theirs.
  func fixed(_ id: HostID) -> HostRecord?
  /// The hosts whose connection was made or lost, as it happens; one reader.
  func changes() -> AsyncStream<HostID>
}
