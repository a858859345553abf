/// The servers that share a database; all times are the database's.
package protocol ServerStoring: Sendable {
  /// Makes the server known, or tells that it lives; forgets those that were silent for a day.
  func beat(_ server: ServerRecord) async throws(DomainError)
  /// The one that was heard last first.
  func servers() async throws(DomainError) -> [SeenServer]
  /// Forgets the server, and gives back what it has in its charge.
  func leave(_ server: ServerID) async throws(DomainError)
  /// What the first server of the installation stored; `facts` where this is the first.
  func installation(orMaking facts: InstallationFacts) async throws(DomainError) -> InstallationFacts
}

/// Who is in charge of what.
///
/// Every call is one transaction, and writes of all servers run one after another: of two that want the same, one gets it.
package protocol LeaseStoring: Sendable {
  /// The holder's token, where nobody has it or its time is over; nil while another has it, or the caller itself.
  func acquire(_ subject: LeaseSubject, for server: ServerID, milliseconds: Int64) async throws(DomainError)
    -> Int64?
  /// Prolongs from now; false where somebody else has had it since, and it is lost for good.
  func renew(_ subject: LeaseSubject, token: Int64, milliseconds: Int64) async throws(DomainError) -> Bool
  /// Gives it back at once; nothing happens where somebody else has had it since.
  func release(_ subject: LeaseSubject, token: Int64) async throws(DomainError)
  func leases() async throws(DomainError) -> [LeaseRecord]
}
