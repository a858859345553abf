import Domain

extension TaskEstimates {
  /// Trainings that are looked at for how long one takes.
  private static let mostLooked = 200
  /// Trainings that tell it, the newest.
  private static let mostTelling = 5
  /// A training that goes on, or broke off, tells something from here on.
  private static let leastSteps = 10

  /// How long it takes, by the user's own trainings of the same base and method on the same host and as many devices;
  /// nil where there is none.
  func time(
    of plan: TaskPlan, _ estimate: TrainingEstimate, on device: TrainingEstimate.Device, for user: UserID
  ) async throws(DomainError) -> TrainingTime? {
    let tasks = try await tasks.list(
      of: user, states: [.completed, .running, .failed, .cancelled], limit: Self.mostLooked)
    var owned: [DatasetID: DatasetRecord]?
    var seen: [TrainingTime.Seen] = []
    for task in tasks where seen.count < Self.mostTelling {
      guard let progress = task.progress, let seconds = progress.elapsed, task.attempt == 1, !task.resumes,
        task.modelName == plan.task.modelName, task.hostID == plan.task.hostID,
        task.assignedGPUs.count == (device.usesGPU ? device.count : 0),
        task.state == .completed || progress.step >= Self.leastSteps,
        let arguments = try? decodeJSON(TrainingArguments.self, from: task.arguments),
        arguments.stage == plan.arguments.stage, arguments.finetuningType == plan.arguments.finetuningType,
        arguments.quantizationBits == plan.arguments.quantizationBits
      else { continue }
      if owned == nil {
        let all = try await planner.datasets.datasets(owner: user)
        owned = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      }
      let used = task.datasetIDs.compactMap { owned?[$0] }
      var tokens: Double?
      if !used.isEmpty, used.count == task.datasetIDs.count,
        let data = try? Self.data(of: used, cutAt: arguments.cutoffLength)
      {
        let then = TrainingEstimate(arguments: arguments, data: data, model: nil, device: device)
        tokens = then.tokens.map { Double($0) / Double(max(then.steps, 1)) }
      }
      seen.append(
        TrainingTime.Seen(
          seconds: seconds, steps: progress.step, rowsPerStep: Self.rowsPerStep(arguments, device),
          tokensPerStep: tokens))
    }
    return TrainingTime(
      steps: estimate.steps, rowsPerStep: Self.rowsPerStep(plan.arguments, device), tokens: estimate.tokens,
      seen: seen)
  }

  private static func rowsPerStep(
    _ arguments: TrainingArguments, _ device: TrainingEstimate.Device
  ) -> Int { arguments.batchSize * arguments.gradientAccumulation * device.count }
}
