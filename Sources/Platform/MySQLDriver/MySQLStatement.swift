import CMySQL
import SQLAccess

/// One prepared statement: the only owner of its `MYSQL_STMT`.
final class MySQLStatement {
  private unowned let connection: MySQLConnection
  private let server: UnsafeMutablePointer<MYSQL>
  private let handle: UnsafeMutablePointer<MYSQL_STMT>
  private let text: String
  private var columns: ResultColumns?
  private(set) var isInUse = false

  init(
    _ connection: MySQLConnection, _ server: UnsafeMutablePointer<MYSQL>, _ sql: RenderedSQL
  ) throws(SQLError) {
    guard let handle = mysql_stmt_init(server) else {
      throw SQLError(.engine, "no memory for a statement", statement: sql.text)
    }
    (self.connection, self.server, self.handle, text) = (connection, server, handle, sql.text)
    var failed: Int32 = 0
    connection.complete {
      mysql_stmt_prepare_start(&failed, handle, sql.text, UInt(sql.text.utf8.count))
    } and: {
      mysql_stmt_prepare_cont(&failed, handle, $0)
    }
    // What a whole object's initialiser throws away, its end closes.
    guard failed == 0 else { throw failure(sql.values) }
  }

  deinit { mysql_stmt_close(handle) }

  /// Rows that are fetched at once where all are not held.
  private static let batch: UInt = 500

  func execute(_ values: [SQLValue], byCursor: Bool) throws(SQLError) {
    isInUse = true
    guard Int(mysql_stmt_param_count(handle)) == values.count else {
      throw SQLError(.syntax, "the statement has not as many places as values", statement: text)
    }
    if byCursor {
      var (kind, batch) = (UInt(CURSOR_TYPE_READ_ONLY.rawValue), Self.batch)
      mysql_stmt_attr_set(handle, STMT_ATTR_CURSOR_TYPE, &kind)
      mysql_stmt_attr_set(handle, STMT_ATTR_PREFETCH_ROWS, &batch)
    }
    let parameters = Parameters(values)
    var failed: Int32 = 0
    let isBound = parameters.lend { binds in
      guard values.isEmpty || mysql_stmt_bind_param(handle, binds) == 0 else { return false }
      connection.complete {
        mysql_stmt_execute_start(&failed, handle)
      } and: {
        mysql_stmt_execute_cont(&failed, handle, $0)
      }
      return true
    }
    guard isBound, failed == 0 else { throw failure(values) }
    changed = countChanged()
    columns = mysql_stmt_field_count(handle) == 0 ? nil : ResultColumns(handle)
    if let columns, !columns.bind(to: handle) { throw failure(values) }
  }

  /// The next row; nil behind the last one, and for a statement without rows.
  func next() throws(SQLError) -> Row? {
    guard let columns else { return nil }
    var found: Int32 = 0
    connection.complete {
      mysql_stmt_fetch_start(&found, handle)
    } and: {
      mysql_stmt_fetch_cont(&found, handle, $0)
    }
    switch found {
    case 0, MYSQL_DATA_TRUNCATED: return columns.row(of: handle)
    case MYSQL_NO_DATA: return nil
    default: throw failure([])
    }
  }

  /// The rows that it changed; of an UPDATE those that it found, as with the other engines.
  private(set) var changed = 0

  /// `Rows matched: 2  Changed: 1  Warnings: 0`; other statements say otherwise, or nothing.
  private func countChanged() -> Int {
    let words = mysql_info(server).map { String(cString: $0) } ?? ""
    if words.hasPrefix("Rows matched: "), let found = Int(words.dropFirst(14).prefix(while: \.isNumber)) {
      return found
    }
    let count = mysql_stmt_affected_rows(handle)
    return count == my_ulonglong.max ? 0 : Int(count)
  }

  /// The number that a counting key gave to the new row.
  var newNumber: Int64 { Int64(bitPattern: UInt64(mysql_stmt_insert_id(handle))) }

  /// Forgets rows that nobody looked at: the connection is free for the next statement.
  func finish() {
    columns = nil
    mysql_stmt_free_result(handle)
    isInUse = false
  }

  private func failure(_ values: [SQLValue]) -> SQLError {
    SQLError(mysqlStatement: handle, RenderedSQL(text: text, values: values))
  }
}

// A statement belongs to the thread of its connection.
@available(*, unavailable)
extension MySQLStatement: Sendable {}
