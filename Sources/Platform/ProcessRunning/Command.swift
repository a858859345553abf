/// A program to run: an argument array, never a shell line.
package struct Command: Sendable, Equatable {
  /// Path of the program; it is not searched for.
  package let executable: String
  /// What follows the program's own name.
  package let arguments: [String]
  /// The whole environment; nothing of ours is inherited.
  package let environment: [String: String]
  package let workingDirectory: String?
  /// A session of its own: no terminal, and no signal meant for our process group.
  package let newSession: Bool

  package init(
    executable: String, arguments: [String], environment: [String: String], workingDirectory: String? = nil,
    newSession: Bool = true
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.newSession = newSession
  }
}

/// How a process ended.
package enum ExitStatus: Sendable, Equatable {
  case exited(Int32)
  case signalled(Int32)
}

/// One step of ending a process: what is done, and how long to wait before the next.
package struct TeardownStep: Sendable, Equatable {
  package enum Action: Sendable, Equatable {
    /// Closes the process's standard input.
    case closeInput
    case signal(Int32)
  }

  package let action: Action
  package let wait: Duration

  package init(_ action: Action, wait: Duration) {
    self.action = action
    self.wait = wait
  }
}
