import SQLAccess

/// The inside of one transaction on one connection.
final class SQLiteTransaction: SQLTransaction {
  private let connection: Connection
  /// The first failure: from then on the transaction can only be rolled back (see `SQLTransaction`).
  private(set) var failure: SQLError?
  private var isOver = false

  init(_ connection: Connection) {
    self.connection = connection
  }

  var dialect: Dialect { .sqlite }

  func query(_ sql: SQL) throws -> [Row] {
    var rows: [Row] = []
    try run(sql) { rows.append($0) }
    return rows
  }

  @discardableResult
  func execute(_ sql: SQL) throws -> Int {
    let rendered = try run(sql) { _ in }
    // SQLite keeps the count of the last change: a statement that changes no rows must not repeat it.
    return rendered.text.firstWordChangesRows ? connection.changes : 0
  }

  func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
    try run(sql, body)
  }

  func insert(_ sql: SQL, counting column: String) throws -> Int64 {
    try run(sql) { _ in }
    return connection.lastInsertedRowID
  }

  /// A transaction that a body kept and uses afterwards would run outside of any.
  func end() {
    isOver = true
  }

  @discardableResult
  private func run(_ sql: SQL, _ body: (Row) throws -> Void) throws -> RenderedSQL {
    if isOver { throw SQLError(.closed, "the transaction is over") }
    if let failure { throw failure }
    let rendered = sql.rendered(for: .sqlite)
    var fromBody: (any Error)?
    do {
      try connection.run(rendered) { row in
        do {
          try body(row)
        } catch {
          fromBody = error
          throw error
        }
      }
    } catch let error as SQLError where fromBody == nil {
      failure = error
      throw error
    }
    return rendered
  }
}

extension String {
  fileprivate var firstWordChangesRows: Bool {
    let word = drop(while: \.isWhitespace).prefix(while: \.isLetter).uppercased()
    return ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"].contains(word)
  }
}

// A transaction belongs to the thread of its connection.
@available(*, unavailable)
extension SQLiteTransaction: Sendable {}
