import CSQLite
import SQLAccess

/// One prepared statement: the only owner of its `sqlite3_stmt`.
///
/// Stays on its connection's thread.
final class Statement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer
  private var columns: Row.Columns
  private var preparations: Int32 = 0

  /// Prepares `sql`.
  ///
  /// Throws when it is not valid, empty, or more than one statement.
  init(_ sql: RenderedSQL, connection: OpaquePointer) throws(SQLError) {
    var prepared: OpaquePointer?
    var rest = 0
    let length = sql.text.utf8.count
    let result = sql.text.withCString { text in
      var tail: UnsafePointer<CChar>?
      let result = sqlite3_prepare_v3(
        connection, text, Int32(clamping: length + 1), UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &tail)
      rest = tail.map { text.distance(to: $0) } ?? length
      return result
    }
    guard result == SQLITE_OK else {
      throw SQLError(sqlite: result, handle: connection, sql: sql)
    }
    guard let prepared else {
      throw SQLError(.syntax, "the statement is empty", statement: sql.text)
    }
    handle = prepared
    self.connection = connection
    columns = Self.columns(of: prepared)
    // What follows the first statement would be dropped in silence.
    guard sql.text.utf8.dropFirst(rest).allSatisfy({ " \n\t\r;".utf8.contains($0) }) else {
      throw SQLError(.syntax, "more than one statement was given", statement: sql.text)
    }
  }

  deinit { sqlite3_finalize(handle) }

  /// Makes the statement ready for other values, and lets go of those it holds.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  func bind(_ sql: RenderedSQL) throws(SQLError) {
    guard sqlite3_bind_parameter_count(handle) == Int32(clamping: sql.values.count) else {
      throw SQLError(.syntax, "the statement has another number of parameters", statement: sql.text)
    }
    for (index, value) in sql.values.enumerated() {
      let result = bind(value, at: Int32(clamping: index + 1))
      guard result == SQLITE_OK else { throw SQLError(sqlite: result, handle: connection, sql: sql) }
    }
  }

  private func bind(_ value: SQLValue, at position: Int32) -> Int32 {
    switch value {
    case .null: return sqlite3_bind_null(handle, position)
    case .integer(let number): return sqlite3_bind_int64(handle, position, number)
    case .real(let number): return sqlite3_bind_double(handle, position, number)
    case .text(var text):
      return text.withUTF8 { bytes in
        // The length is given, so that a NUL inside the text is a character like any other.
        bytes.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text64(
            handle, position, $0.baseAddress ?? Self.nothing, UInt64($0.count), Self.transient,
            UInt8(SQLITE_UTF8))
        }
      }
    case .blob(let bytes):
      if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, position, 0) }
      return bytes.withUnsafeBytes {
        sqlite3_bind_blob64(handle, position, $0.baseAddress, UInt64($0.count), Self.transient)
      }
    }
  }

  /// Moves to the next row; false at the end.
  func step(_ sql: RenderedSQL) throws(SQLError) -> Bool {
    let result = sqlite3_step(handle)
    switch result {
    case SQLITE_ROW:
      // SQLite prepares a statement anew by itself when its tables have changed: `*` may mean more now.
      let count = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
      if count != preparations {
        preparations = count
        columns = Self.columns(of: handle)
      }
      return true
    case SQLITE_DONE: return false
    default: throw SQLError(sqlite: result, handle: connection, sql: sql)
    }
  }

  private static func columns(of handle: OpaquePointer) -> Row.Columns {
    Row.Columns(
      (0..<sqlite3_column_count(handle)).map { index in
        sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
      })
  }

  /// The row the statement stands on, copied.
  func row() -> Row {
    Row(columns: columns, values: (0..<Int32(columns.names.count)).map(value))
  }

  private func value(_ index: Int32) -> SQLValue {
    switch sqlite3_column_type(handle, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
    case SQLITE_TEXT:
      let text = sqlite3_column_text(handle, index)
      let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, index)))
      return .text(String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB:
      let blob = sqlite3_column_blob(handle, index)
      return .blob(
        Array(UnsafeRawBufferPointer(start: blob, count: Int(sqlite3_column_bytes(handle, index)))))
    default: return .null
    }
  }

  /// SQLITE_TRANSIENT, a cast that Swift does not import: SQLite copies what it is given.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  /// An address for texts without bytes: a null pointer would bind NULL.
  nonisolated(unsafe) private static let nothing = UnsafePointer(
    UnsafeMutablePointer<CChar>.allocate(capacity: 1))
}

// A statement belongs to the thread of its connection.
@available(*, unavailable)
extension Statement: Sendable {}
