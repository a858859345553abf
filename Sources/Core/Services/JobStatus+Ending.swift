import Domain

extension JobStatus {
  /// How the job ended, as `FailureReading` takes it.
  var ending: EndEvidence.Ending {
    if state == .lost { return why == "rebooted" ? .rebooted : .vanished }
    if let signal { return .signalled(signal) }
    if let why, why != "oom_kill", exitCode == 126 || exitCode == 127 { return .notLaunched(why) }
    // No code and no signal: it was stopped before it was started.
    return .exited(exitCode ?? 0)
  }
}
