/// How the program ends; the same numbers stand in the help and in docs/cli.md.
package struct ExitCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let done = Self(rawValue: 0)
  package static let failed = Self(rawValue: 1)
  package static let usage = Self(rawValue: 2)
  package static let refused = Self(rawValue: 3)
  package static let notFound = Self(rawValue: 4)
  package static let unreachable = Self(rawValue: 5)
  package static let modelNotLoaded = Self(rawValue: 6)
  package static let tooMuch = Self(rawValue: 7)
  package static let conflict = Self(rawValue: 8)
  package static let taskFailed = Self(rawValue: 9)
  package static let taskCancelled = Self(rawValue: 10)
  package static let interrupted = Self(rawValue: 130)

  /// Every code with its meaning.
  static let meanings: [(code: ExitCode, meaning: String)] = [
    (.done, "done"),
    (.failed, "something went wrong while running"),
    (.usage, "the command line cannot be understood"),
    (.refused, "not signed in, or not allowed (401, 403)"),
    (.notFound, "there is no such thing (404)"),
    (.unreachable, "the server, or the backend, cannot be reached"),
    (.modelNotLoaded, "the model could not be loaded"),
    (.tooMuch, "too large, too many, or no room (413, 429, 507)"),
    (.conflict, "in conflict with what is there (409)"),
    (.taskFailed, "the task or the pipeline that was watched failed"),
    (.taskCancelled, "the task or the pipeline that was watched was cancelled"),
    (.interrupted, "interrupted with Ctrl-C"),
  ]
}
