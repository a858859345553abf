/// Where rooms without I/O of their own write what an operator should know.
///
/// Messages are static and metadata carries the values, so that a log can be searched; neither holds
/// a secret or what a user wrote.
package struct ServerLog: Sendable {
  package enum Level: String, Sendable, Comparable, CaseIterable {
    case debug, info, warning, error
    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    private var rank: Int {
      switch self {
      case .debug: 0
      case .info: 1
      case .warning: 2
      case .error: 3
      }
    }
  }

  package let write: @Sendable (Level, String, [String: String]) -> Void
  private let minimum: Level

  /// - Parameter minimum: what is below it is dropped by `write`.
  package init(
    minimum: Level = .debug, write: @escaping @Sendable (Level, String, [String: String]) -> Void
  ) {
    self.minimum = minimum
    self.write = write
  }

  /// Whether anything of that level is written: where not, its words need not be put together.
  package func writes(_ level: Level) -> Bool { level >= minimum }

  package func debug(_ message: StaticString, _ metadata: [String: String] = [:]) {
    write(.debug, "\(message)", metadata)
  }
  package func info(_ message: StaticString, _ metadata: [String: String] = [:]) {
    write(.info, "\(message)", metadata)
  }
  package func warning(_ message: StaticString, _ metadata: [String: String] = [:]) {
    write(.warning, "\(message)", metadata)
  }
  package func error(_ message: StaticString, _ metadata: [String: String] = [:]) {
    write(.error, "\(message)", metadata)
  }

  /// Drops everything.
  package static let silent = ServerLog { _, _, _ in }
}
