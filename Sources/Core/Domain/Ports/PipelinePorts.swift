/// Runs of pipelines.
///
/// `owner` is part of the query: another user's row is not found.
package protocol PipelineStoring: Sendable {
  /// Stores a new run with its events; where the user has one with the same idempotency key, nothing is stored and
  /// that run is returned with no events.
  ///
  /// Throws `quota_exceeded` where the user has `mostUnfinished` that have not ended.
  func insert(_ run: PipelineRun, events: [NewEvent], mostUnfinished: Int) async throws(DomainError)
    -> (run: PipelineRun, events: [EventRecord])
  /// `owner` nil: whoever's (the runner).
  func run(_ id: PipelineRunID, owner: UserID?) async throws(DomainError) -> PipelineRun?
  /// Newest first.
  func runs(owner: UserID, states: [PipelineRun.State], limit: Int) async throws(DomainError) -> [PipelineRun]
  /// Everyone's that have not ended, oldest first.
  func unfinished() async throws(DomainError) -> [PipelineRun]
  /// Writes the change where the stored revision is the run's, and raises it by one.
  ///
  /// Nil: another change came first, nothing was written. The returned run has the new revision.
  func update(_ run: PipelineRun, events: [NewEvent]) async throws(DomainError)
    -> (run: PipelineRun, events: [EventRecord])?
  /// Deletes an ended run; nil where the user has none that has ended.
  func delete(_ id: PipelineRunID, owner: UserID, event: NewEvent) async throws(DomainError) -> EventRecord?
}

/// Reads the values of a pipeline's file that is written in YAML.
package protocol PipelineFileReading: Sendable {
  func node(ofYAML text: String) throws(PipelineProblem) -> PipelineNode
}

/// Tells other servers of what happened.
package protocol WebhookSending: Sendable {
  /// Posts a JSON body; throws where the address is not to be called, does not answer, or refuses.
  func post(_ json: [UInt8], to address: WebhookURL) async throws(DomainError)
}
