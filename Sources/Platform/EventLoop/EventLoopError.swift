/// The system refused something an event loop needs.
package struct EventLoopError: Error, Sendable, CustomStringConvertible {
  /// The system call that failed.
  package let operation: String
  package let errno: Int32

  package var description: String { "\(operation) failed (errno \(errno))" }
}
