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

  /// Takes what came along with the news of it; false, and nothing taken, where it is not what follows.
  mutating func advance(by slice: FileSlice?) -> Bool {
    guard let slice, slice.offset == offset else { return false }
    return take(slice)
  }

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
      if !take(slice) || offset >= slice.size { return }
    }
  }

  /// Takes the whole lines; false where there is none.
  private mutating func take(_ slice: FileSlice) -> Bool {
    guard let end = slice.bytes.lastIndex(of: UInt8(ascii: "\n")) else { return false }
    for line in slice.bytes[...end].split(separator: UInt8(ascii: "\n")) {
      if let metric = TrainerLogLine.parse(line) { take(metric) }
    }
    offset += Int64(end + 1)
    return true
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
