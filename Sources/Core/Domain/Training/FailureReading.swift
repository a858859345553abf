/// What an attempt left behind, gathered once it is over.
package struct EndEvidence: Sendable, Equatable {
  package enum Ending: Sendable, Equatable {
    /// The trainer never ran; the system's words.
    case notLaunched(String)
    /// 0...255.
    case exited(Int)
    /// The signal's number.
    case signalled(Int)
    case rebooted
    /// No process and no record of its end.
    case vanished
  }

  package var ending: Ending
  /// The stop ladder ran because someone asked for it.
  package var stopped: Bool
  /// The last 64 KB of the log, or less.
  package var logTail: String
  /// The last lines of `trainer_log.jsonl`, oldest first; ten or more tell a diverged run.
  package var metrics: [TrainingMetric]
  /// `all_results.json` is there, which the trainer writes on success only.
  package var hasResults: Bool
  /// Bytes free where the output goes.
  package var diskFree: Int64?
  /// The host counted a process killed for memory while the attempt ran.
  package var memoryKill: Bool
  /// What the cluster said of it last, where one ran it.
  package var cluster: ClusterJob?

  package init(
    ending: Ending, stopped: Bool = false, logTail: String = "", metrics: [TrainingMetric] = [],
    hasResults: Bool = false, diskFree: Int64? = nil, memoryKill: Bool = false, cluster: ClusterJob? = nil
  ) {
    self.cluster = cluster
    self.ending = ending
    self.stopped = stopped
    self.logTail = logTail
    self.metrics = metrics
    self.hasResults = hasResults
    self.diskFree = diskFree
    self.memoryKill = memoryKill
  }
}

/// Why an attempt failed, read from what it left behind.
package struct FailureReading: Sendable, Equatable {
  package let reason: EndReason
  /// The line of the log that told, without control characters, at most 300 characters; for the task's owner.
  package let detail: String?

  /// The reason, or nil where the attempt succeeded.
  ///
  /// The exit status alone does not tell: a diverged run ends with 0, and so does one that was stopped gracefully.
  package static func read(_ evidence: EndEvidence) -> FailureReading? {
    let log = LogTail(evidence.logTail)
    if let reading = byCluster(evidence) { return reading }
    switch evidence.ending {
    case .notLaunched(let words): return notLaunched(words)
    case .rebooted: return FailureReading(reason: evidence.stopped ? .cancelled : .hostRebooted, detail: nil)
    case .vanished:
      if evidence.stopped { return FailureReading(reason: .cancelled, detail: nil) }
      return FailureReading(reason: evidence.memoryKill ? .outOfMemoryHost : .lost, detail: nil)
    case .exited(0): return succeeded(evidence, log)
    case .exited(let code): return exited(code, evidence, log)
    case .signalled(let number): return signalled(number, evidence, log)
    }
  }

  /// What the cluster says of an end that was none of the trainer's own.
  private static func byCluster(_ evidence: EndEvidence) -> FailureReading? {
    guard let job = evidence.cluster, let state = job.state, !evidence.stopped else { return nil }
    // A trainer that ended by itself, well or badly, left its own evidence.
    switch evidence.ending {
    case .exited(let code) where !(129...159).contains(code): return nil
    case .notLaunched: return nil
    default: break
    }
    guard let reason = state.endReason else {
      guard evidence.ending == .vanished, state == .failed, evidence.logTail.isEmpty else { return nil }
      return FailureReading(
        reason: .launchFailed,
        detail: "Slurm job \(job.id) failed before it wrote anything: "
          + "the user data folder must lie on a file system that the nodes share.")
    }
    let place = job.nodes.map { " on \($0)" } ?? ""
    return FailureReading(reason: reason, detail: "Slurm job \(job.id): \(state.rawValue)\(place)")
  }

  private static func notLaunched(_ words: String) -> FailureReading {
    let reason =
      FailurePattern.launch.first { $0.matches(words) }?.reason
      ?? FailurePattern.trainer.first { $0.matches(words) }?.reason ?? .launchFailed
    return FailureReading(reason: reason, detail: LogTail.clean(words))
  }

  private static func succeeded(_ evidence: EndEvidence, _ log: LogTail) -> FailureReading? {
    let last = evidence.metrics.last
    let isComplete = last.map { $0.totalSteps > 0 && $0.step >= $0.totalSteps } ?? false
    if evidence.stopped, !isComplete { return FailureReading(reason: .cancelled, detail: nil) }
    if let detail = divergence(evidence.metrics, log) {
      return FailureReading(reason: .diverged, detail: detail)
    }
    // `llamafactory-cli` ends with 0 when it only printed how it is used.
    if !evidence.hasResults, !isComplete {
      return FailureReading(reason: .unknown, detail: log.lastLine)
    }
    return nil
  }

  private static func exited(_ code: Int, _ evidence: EndEvidence, _ log: LogTail) -> FailureReading {
    if evidence.stopped { return FailureReading(reason: .cancelled, detail: nil) }
    if let found = log.first(of: FailurePattern.trainer) { return found }
    if evidence.memoryKill { return FailureReading(reason: .outOfMemoryHost, detail: log.error) }
    if let free = evidence.diskFree, free < 1 << 20 {
      return FailureReading(reason: .diskFull, detail: log.error)
    }
    switch code {
    case 127: return FailureReading(reason: .notInstalled, detail: log.lastLine)
    case 126: return FailureReading(reason: .permissionDenied, detail: log.lastLine)
    // What a shell, or torchrun, makes of a signal.
    case 129...159: return signalled(code - 128, evidence, log)
    case 2: return FailureReading(reason: .badArguments, detail: log.lastLine)
    default: return FailureReading(reason: .unknown, detail: log.error ?? log.lastLine)
    }
  }

  private static func signalled(_ number: Int, _ evidence: EndEvidence, _ log: LogTail) -> FailureReading {
    if evidence.stopped { return FailureReading(reason: .cancelled, detail: nil) }
    if evidence.memoryKill, number == 9 { return FailureReading(reason: .outOfMemoryHost, detail: nil) }
    if let found = log.first(of: FailurePattern.trainer) { return found }
    let name = signalNames[number].map { " (\($0))" } ?? ""
    let reason: EndReason = number == 24 ? .timeLimit : .killedBySignal
    return FailureReading(reason: reason, detail: "Signal \(number)\(name)")
  }

  /// Why the run is held for diverged, or nil.
  ///
  /// The trainer logs a loss that is not a number as 0.0; a real loss is never exactly that several times in a row.
  private static func divergence(_ metrics: [TrainingMetric], _ log: LogTail) -> String? {
    if let line = metrics.last(where: { $0.evalLoss != nil || $0.isDiverged }), line.isDiverged {
      return "The loss at step \(line.step) is not a number."
    }
    let losses = metrics.filter(\.isTraining).suffix(3)
    if losses.count == 3, losses.allSatisfy({ $0.loss == 0 }) {
      return "The loss is exactly 0 since step \(losses.first?.step ?? 0) or before."
    }
    if let line = log.lines.last(where: { $0.contains("'grad_norm':") }),
      line.contains("'grad_norm': 'nan'") || line.contains("'grad_norm': nan")
    {
      return LogTail.clean(String(line))
    }
    return nil
  }

  private static let signalNames = [
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
    9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ",
  ]
}
