import Domain

/// The hosts' trainers as they were found last: looking takes seconds of a host's processor.
package actor KnownTrainers {
  private var found: [HostID: TrainerFacts] = [:]

  package init() {}

  func of(_ host: HostID) -> TrainerFacts? { found[host] }
  func note(_ trainer: TrainerFacts, of host: HostID) { found[host] = trainer }
  func forget(_ host: HostID) { found[host] = nil }
}
