import CSQLite
import SQLAccess

/// The part of a connection that another thread may touch.
///
/// `sqlite3_interrupt` stops what runs now, but is lost when it comes before the first step of a statement: the flag
/// of `SQLCancellation` is polled by the progress handler too, and by every statement before it starts.
///
/// @unchecked Sendable: `sqlite3_interrupt` is the one call SQLite allows from any thread, and
/// `TransactionJob` only makes it, under its lock, while the connection is working for the job and
/// therefore open.
struct Interrupter: SQLInterrupting, @unchecked Sendable {
  let handle: OpaquePointer

  func interrupt() {
    sqlite3_interrupt(handle)
  }
}
