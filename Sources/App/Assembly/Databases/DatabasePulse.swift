import EventLoop
import SQLAccess
import Synchronization

/// Whether the database answers.
///
/// A good answer stands for a second: however often the health is asked for, and it may be asked by anyone, the database
/// is asked once. That it does not answer is never taken for granted.
final class DatabasePulse: Sendable {
  /// Nanoseconds.
  private static let standing: UInt64 = 1_000_000_000

  private let database: any SQLDatabase
  /// When it last answered; 0: never.
  private let felt = Atomic<UInt64>(0)

  init(_ database: any SQLDatabase) {
    self.database = database
  }

  func isFelt() async -> Bool {
    let asked = EventLoop.now
    let last = felt.load(ordering: .relaxed)
    if last > 0, asked < last + Self.standing { return true }
    guard let answer = try? await database.read({ try $0.value("SELECT 1", as: Int.self) }), answer == 1
    else {
      return false
    }
    felt.store(asked, ordering: .relaxed)
    return true
  }
}
