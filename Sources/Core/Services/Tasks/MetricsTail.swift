import Domain

/// Reads `trainer_log.jsonl` as it grows; a line is taken when it is whole.
struct MetricsTail: Sendable {
  let path: String
  private(set) var offset: Int64 = 0
  /// The newest lines, oldest first.
  private(set) var recent: [TrainingMetric] = []
  /// The newest values of each kind: a line has a loss or an evaluation, seldom both.
  private(set) var progress: TaskProgress?

  init(path: String) { self.path = path }

  mutating func advance(on host: any Host) async throws(DomainError) {
    while true {
      let slice: FileSlice
      do {
        slice = try await host.read(path, from: offset, limit: 262_144)
      } catch  where error.code == .notFound {
        return
      }
      if slice.size < offset {  // begun anew
        offset = 0
        continue
      }
      guard let end = slice.bytes.lastIndex(of: UInt8(ascii: "\n")) else { return }
      for line in slice.bytes[...end].split(separator: UInt8(ascii: "\n")) {
        if let metric = TrainerLogLine.parse(line) { take(metric) }
      }
      offset += Int64(end + 1)
      if offset >= slice.size { return }
    }
  }

  private mutating func take(_ metric: TrainingMetric) {
    recent.append(metric)
    if recent.count > 64 { recent.removeFirst(32) }
    progress = TaskProgress(
      step: metric.step, totalSteps: metric.totalSteps, epoch: metric.epoch ?? progress?.epoch,
      loss: metric.loss ?? progress?.loss, learningRate: metric.learningRate ?? progress?.learningRate,
      elapsed: metric.elapsed ?? progress?.elapsed, remaining: metric.remaining ?? progress?.remaining)
  }
}
