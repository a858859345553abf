import CSQLite
import Synchronization

/// Whether the call that a connection is working for has been given up.
///
/// Two ways lead to SQLite, because one is not enough: `sqlite3_interrupt` stops what runs now, but is lost
/// when it comes before the first step of a statement; the flag is polled by the progress handler, and by
/// every statement before it starts.
final class Cancellation: Sendable {
  private let requested = Atomic(false)

  var isRequested: Bool { requested.load(ordering: .acquiring) }

  func request() {
    requested.store(true, ordering: .releasing)
  }
}

/// The part of a connection that another thread may touch.
///
/// @unchecked Sendable: `sqlite3_interrupt` is the one call SQLite allows from any thread, and
/// `TransactionJob` only makes it, under its lock, while the connection is working for the job and
/// therefore open.
struct Interrupter: @unchecked Sendable {
  let handle: OpaquePointer

  func interrupt() {
    sqlite3_interrupt(handle)
  }
}
