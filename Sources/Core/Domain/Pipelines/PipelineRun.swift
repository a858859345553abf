/// A pipeline that a user began.
package struct PipelineRun: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable {
    case running, completed, failed, cancelled

    package var isFinal: Bool { self != .running }
  }

  package let id: PipelineRunID
  package let userID: UserID
  package let pipeline: Pipeline
  /// The caller's key: a repeated start with it returns the first one's run.
  package let idempotencyKey: String?
  package let createdAt: Timestamp

  package var state: State
  /// As many as the pipeline has steps, in their order.
  package var steps: [PipelineStepRun]
  package var cancelRequested: Bool
  package var updatedAt: Timestamp
  package var endedAt: Timestamp?
  /// Counts the changes; an update is refused where another one came first.
  package var revision: Int

  package init(
    id: PipelineRunID, userID: UserID, pipeline: Pipeline, idempotencyKey: String? = nil,
    createdAt: Timestamp, state: State = .running, steps: [PipelineStepRun]? = nil,
    cancelRequested: Bool = false, updatedAt: Timestamp? = nil, endedAt: Timestamp? = nil, revision: Int = 0
  ) {
    self.id = id
    self.userID = userID
    self.pipeline = pipeline
    self.idempotencyKey = idempotencyKey
    self.createdAt = createdAt
    self.state = state
    self.steps = steps ?? pipeline.steps.map { _ in PipelineStepRun() }
    self.cancelRequested = cancelRequested
    self.updatedAt = updatedAt ?? createdAt
    self.endedAt = endedAt
    self.revision = revision
  }

  /// The step under way.
  package var current: Int? { steps.firstIndex { $0.state == .running } }

  /// What the steps made so far, by the steps' names.
  package var outputs: [String: [String: PipelineOutput]] {
    Dictionary(zip(pipeline.steps.map(\.id), steps.map(\.outputs))) { first, _ in first }
  }
}

/// How a step of a run stands.
package struct PipelineStepRun: Sendable, Equatable, Codable {
  package enum State: String, Sendable, Codable, CaseIterable {
    case pending, running, completed, failed, cancelled
  }

  package var state: State
  /// 1 for the first time it runs, 0 before; more where the run was resumed at it.
  package var attempt: Int
  /// The task it submitted.
  package var taskID: String?
  /// It was resumed, and its task is to be run again.
  package var retries: Bool
  package var outputs: [String: PipelineOutput]
  package var failure: PipelineFailure?
  /// Milliseconds since 1970.
  package var startedAt: Int64?
  package var endedAt: Int64?

  package init(
    state: State = .pending, attempt: Int = 0, taskID: String? = nil, retries: Bool = false,
    outputs: [String: PipelineOutput] = [:], failure: PipelineFailure? = nil, startedAt: Int64? = nil,
    endedAt: Int64? = nil
  ) {
    self.state = state
    self.attempt = attempt
    self.taskID = taskID
    self.retries = retries
    self.outputs = outputs
    self.failure = failure
    self.startedAt = startedAt
    self.endedAt = endedAt
  }
}

/// Why a step failed, safe to show to the run's owner.
package struct PipelineFailure: Sendable, Equatable, Codable {
  package let code: String
  package let message: String
  package let hint: String?

  package init(code: String, message: String, hint: String?) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  package init(_ error: DomainError) {
    self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
  }
}
