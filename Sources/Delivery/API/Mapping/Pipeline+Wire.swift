import Contract
import Domain
import FoundationEssentials
import Services

extension PipelinePlan {
  var wire: PipelinePlanReply {
    PipelinePlanReply(
      valid: problems.isEmpty, name: pipeline?.name, description: pipeline?.description,
      problems: problems.map(\.wire),
      steps: zip(pipeline?.steps ?? [], steps).map { written, step in
        PipelinePlanReply.Step(
          id: step.id, kind: step.kind.wire, summary: step.summary, creates: step.creates,
          warnings: step.warnings, estimate: step.estimate?.wire, inputs: written.wireInputs)
      })
  }
}

extension PipelineProblem {
  fileprivate var wire: PipelinePlanReply.Problem {
    .init(path: path, line: line, code: code.rawValue, message: message, hint: hint)
  }
}

extension PipelineRefusal {
  var envelope: ErrorEnvelope {
    let count = problems.count
    let first = problems.first?.message ?? "It cannot be run."
    return ErrorEnvelope(
      error: count == 1 ? first : "There are \(count) problems with the pipeline.",
      code: isOnlyMissing ? "not_found" : "invalid_input",
      hint: count == 1 ? problems.first?.hint : "Put them right; none of it was run.",
      fields: problems.map {
        .init(
          field: $0.path.isEmpty ? "text" : $0.path, message: "line \($0.line): \($0.message)", hint: $0.hint)
      })
  }
}

extension PipelineRun {
  /// - Parameter progress: of the step under way.
  func wire(_ progress: PipelineProgress?) -> PipelineReply {
    PipelineReply(
      pipelineID: id.rawValue, name: pipeline.name, description: pipeline.description,
      status: state.wire, cancelRequested: cancelRequested,
      steps: zip(pipeline.steps, steps).map { step, run in
        PipelineReply.Step(
          id: step.id, kind: step.kind.wire, status: run.state.wire, attempt: run.attempt, taskID: run.taskID,
          progress: run.state == .running ? progress?.wire : nil, inputs: step.wireInputs,
          outputs: run.outputs.mapValues(\.wire),
          failure: run.failure.map { .init(code: $0.code, message: $0.message, hint: $0.hint) },
          startedAt: run.startedAt.map { Timestamp(milliseconds: $0).iso8601 },
          endedAt: run.endedAt.map { Timestamp(milliseconds: $0).iso8601 })
      },
      createdAt: createdAt.iso8601, updatedAt: updatedAt.iso8601, endedAt: endedAt?.iso8601)
  }
}

extension PipelineStep {
  /// What was written; never where a webhook goes, which may hold a secret.
  fileprivate var wireInputs: [String: [String]] {
    inputs.filter { $0.key != "webhook" }.mapValues(\.wireTexts)
  }
}

extension ArgumentValue {
  /// A value, or those of a list, as texts.
  fileprivate var wireTexts: [String] {
    switch self {
    case .list(let items): items.flatMap(\.wireTexts)
    case .string(let text): [String(text.prefix(1_000))]
    case .null, .bool, .integer, .number, .object: [String(jsonText.prefix(1_000))]
    }
  }
}

extension ArgumentValue {
  private var jsonText: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // What was decoded from JSON or YAML has nothing that JSON cannot say.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

extension PipelineProgress {
  fileprivate var wire: PipelineReply.Progress {
    .init(phase: phase, percentage: percentage, remainingSeconds: remaining)
  }
}

extension PipelineOutput {
  fileprivate var wire: PipelineReply.Output {
    let form: PipelineReply.Form =
      switch self.form {
      case .dataset: .dataset
      case .model: .model
      case .index: .index
      case .text: .text
      case .number: .number
      }
    return .init(form: form, value: value, name: name)
  }
}

extension PipelineStep.Kind {
  var wire: PipelineStepKind {
    switch self {
    case .prepare: .prepare
    case .train: .train
    case .evaluate: .evaluate
    case .merge: .merge
    case .serve: .serve
    case .index: .index
    case .notify: .notify
    }
  }
}

extension PipelineRun.State {
  fileprivate var wire: PipelineStatus {
    switch self {
    case .running: .running
    case .completed: .completed
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }
}

extension PipelineStepRun.State {
  fileprivate var wire: PipelineStepStatus {
    switch self {
    case .pending: .pending
    case .running: .running
    case .completed: .completed
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }
}
