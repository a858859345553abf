/// A process could not be started, or could not be spoken to.
package struct ProcessError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// An open set.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The program, or its working directory, is not there.
    package static let notFound = Self(rawValue: "not_found")
    /// It is there and may not be run.
    package static let notExecutable = Self(rawValue: "not_executable")
    /// The system had no process, memory or descriptor to give.
    package static let spawnFailed = Self(rawValue: "spawn_failed")
    /// A text holds a NUL.
    package static let invalidText = Self(rawValue: "invalid_text")
    /// The process no longer reads or writes.
    package static let brokenPipe = Self(rawValue: "broken_pipe")
  }

  package let code: Code
  package let executable: String
  /// The system's error number, 0 where there is none.
  package let errno: Int32

  package init(_ code: Code, executable: String, errno: Int32 = 0) {
    self.code = code
    self.executable = executable
    self.errno = errno
  }

  package var description: String {
    switch code {
    case .notFound: "the program was not found"
    case .notExecutable: "the program cannot be run"
    case .invalidText: "an argument holds a NUL character"
    case .brokenPipe: "the program no longer listens"
    default: "the program could not be started"
    }
  }

  package var debugDescription: String { "\(code.rawValue): \(executable) (errno \(errno))" }
}
