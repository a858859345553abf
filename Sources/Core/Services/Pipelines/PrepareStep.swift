import Domain

/// A step that makes new datasets of one.
///
/// Done again after a restart it makes the same bytes, which are the datasets that are there already.
struct PrepareStep: Sendable {
  let work: PipelineWork

  /// What later steps call a dataset that it makes.
  static func output(of part: PreparationReport.Part) -> String {
    part.name.flatMap { $0 == "train" ? nil : $0 } ?? "dataset"
  }

  func perform() async throws -> [String: PipelineOutput] {
    guard let dataset = try await work.datasets().first else { throw DomainError.notFound("The dataset") }
    let (plan, preparation) = (try PreparationPlan(inputs: work.step.inputs), work.tools.preparation)
    if try await work.tools.quotas.room(of: work.user) == 0 { throw UserQuota.storageExceeded(room: 0) }
    var backoff = Backoff()
    while await !preparation.hasRoom(for: work.user) {
      await work.tell("waiting")
      guard await backoff.wait() else { throw CancellationError() }
    }
    let made = try await preparation.prepare(dataset, by: plan) { progress in
      let share = progress.total > 0 ? 100 * Double(progress.done) / Double(progress.total) : nil
      await work.tell("preparing", percentage: share)
    }
    var outputs: [String: PipelineOutput] = [:]
    for (part, record) in zip(made.report.parts, made.datasets) {
      outputs[Self.output(of: part)] = PipelineOutput(.dataset, record.id.rawValue, name: record.filename)
    }
    outputs["rows"] = PipelineOutput(.number, String(made.report.parts.reduce(0) { $0 + $1.rows }))
    return outputs
  }
}
