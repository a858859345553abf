import Domain

/// Writes down what a running task's GPUs do.
struct GPURecorder: Sendable {
  let ledger: GPUSampleLedger
  let gauge: HostGauge
  let host: any Host
  let task: TaskRecord
  let clock: WallClock
  let log: ServerLog

  /// Works until it is cancelled; at once over for a task on the processor.
  func run() async {
    guard !task.assignedGPUs.isEmpty else { return }
    let start = task.startedAt ?? clock.now()
    // Of before a restart there may be what is too close together by now.
    var thinned = 0
    while !Task.isCancelled {
      let elapsed = max(0, Int(clock.now().seconds(since: start)))
      let step = GPUSampling.step(after: elapsed)
      do throws(DomainError) {
        let samples = Self.samples(
          of: task.assignedGPUs, at: elapsed - elapsed % step,
          // The other tasks of the host ask for the same.
          in: try await gauge.measurement(of: host, within: .seconds(2)))
        if !samples.isEmpty {
          await ledger.note(
            GPUSampleBatch(
              task: task.id, attempt: task.attempt, samples: samples, thinning: step == thinned ? nil : step))
          thinned = step
        }
      } catch {
        // Not worth a word in the log for a host that is away; the curve has a gap.
        if !error.isTransient {
          log.warning(
            "GPUs could not be recorded", ["task": task.id.rawValue, "error": error.debugDescription])
        }
      }
      do { try await Task.sleep(for: .seconds(step - elapsed % step)) } catch { return }
    }
  }

  /// The task's own GPUs of all that the host has; none where they cannot be read now.
  static func samples(of shares: [GPUShare], at seconds: Int, in measurement: HostMeasurement) -> [GPUSample]
  {
    guard !measurement.gpusUnreadable else { return [] }
    return shares.compactMap { share in
      guard let gpu = measurement.gpus.first(where: { $0.uuid == share.uuid }) else { return nil }
      return GPUSample(
        seconds: seconds, gpu: share, utilization: gpu.utilization, memoryUsed: gpu.memoryUsed,
        memoryTotal: gpu.memoryTotal)
    }
  }
}
