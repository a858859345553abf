/// `POST /api/pipelines/plan` and `POST /api/pipelines`.
package struct PipelineRequest: Codable, Sendable {
  /// The pipeline's file, YAML or JSON, at most 256 KiB.
  package let text: String

  package init(text: String) { self.text = text }
}

/// `POST /api/pipelines/plan`: what a pipeline would do, or everything that is wrong with it.
package struct PipelinePlanReply: Codable, Sendable {
  /// It can be run.
  package let valid: Bool
  /// Absent where it cannot be read.
  package let name: String?
  package let description: String?
  package let problems: [Problem]
  /// In the order in which they run; empty where there are problems with the file itself.
  package let steps: [Step]

  package struct Problem: Codable, Sendable {
    /// Such as `steps[0].model`; empty for the whole.
    package let path: String
    /// 1 for the first line.
    package let line: Int
    /// `not_found` for what is not there or is another's, `invalid_input` for most else.
    package let code: String
    package let message: String
    package let hint: String?

    package init(path: String, line: Int, code: String, message: String, hint: String?) {
      self.path = path
      self.line = line
      self.code = code
      self.message = message
      self.hint = hint
    }
  }

  package struct Step: Codable, Sendable {
    package let id: String
    package let kind: PipelineStepKind
    /// What it does, in words.
    package let summary: String
    /// What will be there afterwards, in words.
    package let creates: [String]
    package let warnings: [String]
    /// Of training; absent where what it trains on is not there yet.
    package let estimate: TaskEstimateReply?
    /// Its fields as they are written, one value or several each; without a webhook's address, and at most 1,000
    /// characters of each.
    package let inputs: [String: [String]]

    package init(
      id: String, kind: PipelineStepKind, summary: String, creates: [String], warnings: [String],
      estimate: TaskEstimateReply?, inputs: [String: [String]]
    ) {
      self.id = id
      self.kind = kind
      self.inputs = inputs
      self.summary = summary
      self.creates = creates
      self.warnings = warnings
      self.estimate = estimate
    }
  }

  package init(valid: Bool, name: String?, description: String?, problems: [Problem], steps: [Step]) {
    self.valid = valid
    self.name = name
    self.description = description
    self.problems = problems
    self.steps = steps
  }
}

package enum PipelineStepKind: String, WireEnum {
  case prepare, train, evaluate, merge, serve, index, notify
}

package enum PipelineStatus: String, WireEnum { case running, completed, failed, cancelled }

package enum PipelineStepStatus: String, WireEnum { case pending, running, completed, failed, cancelled }

/// A run of a pipeline.
package struct PipelineReply: Codable, Sendable {
  package let pipelineID: String
  package let name: String
  package let description: String?
  package let status: PipelineStatus
  package let cancelRequested: Bool
  /// In the order in which they run.
  package let steps: [Step]
  package let createdAt: String
  package let updatedAt: String
  package let endedAt: String?

  package struct Step: Codable, Sendable {
    package let id: String
    package let kind: PipelineStepKind
    package let status: PipelineStepStatus
    /// How often it was begun; more than 1 where the run was resumed at it.
    package let attempt: Int
    /// The task of a training.
    package let taskID: String?
    /// Of the step under way.
    package let progress: Progress?
    /// Its fields as they are written, one value or several each; without a webhook's address, and at most 1,000
    /// characters of each.
    package let inputs: [String: [String]]
    package let outputs: [String: Output]
    package let failure: Failure?
    package let startedAt: String?
    package let endedAt: String?

    package init(
      id: String, kind: PipelineStepKind, status: PipelineStepStatus, attempt: Int, taskID: String?,
      progress: Progress?, inputs: [String: [String]], outputs: [String: Output], failure: Failure?,
      startedAt: String?, endedAt: String?
    ) {
      self.id = id
      self.kind = kind
      self.status = status
      self.attempt = attempt
      self.taskID = taskID
      self.progress = progress
      self.inputs = inputs
      self.outputs = outputs
      self.failure = failure
      self.startedAt = startedAt
      self.endedAt = endedAt
    }

    private enum CodingKeys: String, CodingKey {
      case id, kind, status, attempt, taskID = "task_id", progress, inputs, outputs, failure
      case startedAt = "started_at", endedAt = "ended_at"
    }
  }

  package struct Progress: Codable, Sendable {
    /// Such as `queued`, `running`, `merging`.
    package let phase: String
    /// 0 to 100; absent where it is not known.
    package let percentage: Double?
    package let remainingSeconds: Double?

    package init(phase: String, percentage: Double?, remainingSeconds: Double?) {
      self.phase = phase
      self.percentage = percentage
      self.remainingSeconds = remainingSeconds
    }

    private enum CodingKeys: String, CodingKey {
      case phase, percentage, remainingSeconds = "remaining_seconds"
    }
  }

  /// What a step made.
  package struct Output: Codable, Sendable {
    package let form: Form
    /// The identifier, or the value itself.
    package let value: String
    /// As people call it.
    package let name: String

    package init(form: Form, value: String, name: String) {
      self.form = form
      self.value = value
      self.name = name
    }
  }

  package enum Form: String, WireEnum { case dataset, model, index, text, number }

  package struct Failure: Codable, Sendable {
    package let code: String
    package let message: String
    package let hint: String?

    package init(code: String, message: String, hint: String?) {
      self.code = code
      self.message = message
      self.hint = hint
    }
  }

  package init(
    pipelineID: String, name: String, description: String?, status: PipelineStatus, cancelRequested: Bool,
    steps: [Step], createdAt: String, updatedAt: String, endedAt: String?
  ) {
    self.pipelineID = pipelineID
    self.name = name
    self.description = description
    self.status = status
    self.cancelRequested = cancelRequested
    self.steps = steps
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.endedAt = endedAt
  }

  private enum CodingKeys: String, CodingKey {
    case pipelineID = "pipeline_id", name, description, status, cancelRequested = "cancel_requested", steps
    case createdAt = "created_at", updatedAt = "updated_at", endedAt = "ended_at"
  }
}

package struct PipelineListReply: Codable, Sendable {
  package let pipelines: [PipelineReply]
  package init(pipelines: [PipelineReply]) { self.pipelines = pipelines }
}
