/// One line of `trainer_log.jsonl`: where the run was, and what it measured there.
package struct TrainingMetric: Sendable, Equatable, Codable {
  package var step: Int
  /// 0 where the trainer did not say.
  package var totalSteps: Int
  package var loss: Double?
  package var evalLoss: Double?
  package var predictLoss: Double?
  package var learningRate: Double?
  package var epoch: Double?
  /// 0...100.
  package var percentage: Double?
  /// Seconds; starts anew when a run is resumed.
  package var elapsed: Double?
  /// Seconds, as the trainer estimates.
  package var remaining: Double?
  package var reward: Double?
  package var accuracy: Double?
  /// Tokens a second, where the run counts tokens.
  package var throughput: Double?
  package var totalTokens: Double?
  /// Gigabytes, where the run records them.
  package var gpuMemoryAllocated: Double?
  package var gpuMemoryReserved: Double?
  /// A measure was NaN or infinite.
  ///
  /// Such a value stands as nil above, since JSON has no way to say it.
  package var isDiverged: Bool

  package init(
    step: Int, totalSteps: Int, loss: Double? = nil, evalLoss: Double? = nil, predictLoss: Double? = nil,
    learningRate: Double? = nil, epoch: Double? = nil, percentage: Double? = nil, elapsed: Double? = nil,
    remaining: Double? = nil, reward: Double? = nil, accuracy: Double? = nil, throughput: Double? = nil,
    totalTokens: Double? = nil, gpuMemoryAllocated: Double? = nil, gpuMemoryReserved: Double? = nil,
    isDiverged: Bool = false
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.loss = loss
    self.evalLoss = evalLoss
    self.predictLoss = predictLoss
    self.learningRate = learningRate
    self.epoch = epoch
    self.percentage = percentage
    self.elapsed = elapsed
    self.remaining = remaining
    self.reward = reward
    self.accuracy = accuracy
    self.throughput = throughput
    self.totalTokens = totalTokens
    self.gpuMemoryAllocated = gpuMemoryAllocated
    self.gpuMemoryReserved = gpuMemoryReserved
    self.isDiverged = isDiverged
  }

  /// The measures of training, as opposed to evaluation, are in this line.
  package var isTraining: Bool { loss != nil || learningRate != nil }

  /// As the progress of a task.
  package var progress: TaskProgress {
    TaskProgress(
      step: step, totalSteps: totalSteps, epoch: epoch, loss: loss, learningRate: learningRate,
      elapsed: elapsed, remaining: remaining)
  }
}
