package enum HostSetupState: String, WireEnum {
  /// There was none.
  case never
  case running, completed, failed, stopped
  /// The host was rebooted, or the installation's process vanished.
  case lost
}

/// The installation of the trainer on a host: the running one, or the last.
package struct HostSetupReply: Codable, Sendable {
  package let state: HostSetupState
  /// `check`, `environment`, `torch`, `packages`, `fit`, `try`, then `ready` or `failed`.
  package let phase: String?
  package let step: Int?
  package let steps: Int?
  /// Packages fetched, then packages installed.
  package let done: Int?
  package let total: Int?
  /// `no_venv`, `no_python`, `no_network`, `no_wheel`, `disk_full`, `not_writable` and others.
  package let code: String?
  package let problem: String?
  package let hint: String?
  package let startedAt: String?
  package let endedAt: String?
  /// Bytes.
  package let logSize: Int64

  package init(
    state: HostSetupState, phase: String? = nil, step: Int? = nil, steps: Int? = nil, done: Int? = nil,
    total: Int? = nil, code: String? = nil, problem: String? = nil, hint: String? = nil,
    startedAt: String? = nil, endedAt: String? = nil, logSize: Int64
  ) {
    self.state = state
    self.phase = phase
    self.step = step
    self.steps = steps
    self.done = done
    self.total = total
    self.code = code
    self.problem = problem
    self.hint = hint
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.logSize = logSize
  }

  private enum CodingKeys: String, CodingKey {
    case state, phase, step, steps, done, total, code, problem, hint, startedAt = "started_at", endedAt =
      "ended_at", logSize = "log_size"
  }
}

/// A piece of the installation's log; its end is the event's `id`.
package struct HostSetupLogReply: Codable, Sendable {
  package let logs: String
  /// Bytes, as the next two.
  package let offset: Int64
  package let nextOffset: Int64
  package let size: Int64

  package init(logs: String, offset: Int64, nextOffset: Int64, size: Int64) {
    self.logs = logs
    self.offset = offset
    self.nextOffset = nextOffset
    self.size = size
  }

  private enum CodingKeys: String, CodingKey { case logs, offset, nextOffset = "next_offset", size }
}
