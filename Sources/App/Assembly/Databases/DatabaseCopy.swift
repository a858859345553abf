import Concurrency
import Persistence
package import SQLAccess

/// Moves everything from one database into another, whatever their engines.
///
/// One transaction reads one moment's state, one transaction writes it, reads it back and compares it: a copy that is
/// broken off, by a fault or by kill -9, leaves none of its rows in the other database, which then says that it is
/// unfinished (`UnfinishedCopy`). A few batches at most are held in memory.
package struct DatabaseCopy: Sendable {
  /// Rows of a table so far, and how many there will be.
  package typealias Progress = @Sendable (_ table: String, _ rows: Int, _ of: Int) -> Void

  /// Rows that are handed over at once, and about the bytes of them.
  private static let (batchRows, batchBytes) = (100, 1 << 20)

  private let source: any SQLDatabase
  private let target: any SQLDatabase

  package init(from source: any SQLDatabase, to target: any SQLDatabase) {
    self.source = source
    self.target = target
  }

  /// Copies, and gives what each table holds now.
  ///
  /// The source must be of this program's shape, and whole; the target is new, empty, or what a copy left that was broken
  /// off. Throws a `DatabaseFault` when they are not, when the two are not the same in the end, and what the databases
  /// throw; no row is stored then.
  ///
  /// - Parameter now: milliseconds since 1970, for the record of the target's steps.
  @discardableResult
  package func run(now: Int64, _ progress: @escaping Progress = { _, _, _ in }) async throws -> [TableDigest]
  {
    try await UnfinishedCopy.refuseAsSource(source)
    let missing = try await Schema.missing(in: source)
    guard missing.isEmpty else {
      throw DatabaseFault(
        "the database that it is copied from lacks \(missing.count) step\(missing.count == 1 ? "" : "s") of this version",
        cure: "Run luthier database migrate on it first.")
    }
    try await UnfinishedCopy.prepare(target, now: now)
    let digests = try await carry(progress)
    try await UnfinishedCopy.forget(target)
    return digests
  }

  private func carry(_ progress: @escaping Progress) async throws -> [TableDigest] {
    try await settleNumbers()
    let belt = RowBelt()
    async let reading: Void = read(onto: belt, progress)
    do {
      let digests = try await write(from: belt)
      try await reading
      return digests
    } catch {
      belt.close()
      // Whoever failed first says why: the other only found the belt closed.
      var cause: (any Error)?
      do { try await reading } catch let found { if !(found is RowBelt.Closed) { cause = found } }
      throw cause ?? error
    }
  }

  /// With MySQL the next number of a table cannot be set within a transaction: before anything is copied, then.
  private func settleNumbers() async throws {
    guard target.dialect == .mysql else { return }
    try await target.read { try $0.refuseRows() }
    let newest = try await source.read { transaction in
      try Schema.tables.filter(\.counts).map { ($0.name, try transaction.newestNumber(of: $0.name)) }
    }
    try await target.write { transaction in
      for (table, number) in newest where number > 0 {
        try transaction.execute(
          "ALTER TABLE \(identifier: table) AUTO_INCREMENT = \(unsafe: "\(number + 1)")")
      }
    }
  }

  private func read(onto belt: RowBelt, _ progress: @escaping Progress) async throws {
    defer { belt.close() }
    let dialect = target.dialect
    try await source.read { transaction in
      for table in Schema.tables {
        let total = try transaction.value("SELECT count(*) FROM \(identifier: table.name)", as: Int.self) ?? 0
        var digest = TableDigest(table.name)
        var (rows, bytes): ([Row], Int) = ([], 0)
        progress(table.name, 0, total)
        try transaction.forEach(table.rows) { row in
          let row = table.isSearch ? row.indexable(in: dialect) : row
          digest.add(row)
          rows.append(row)
          bytes += row.bytes
          guard rows.count == Self.batchRows || bytes > Self.batchBytes else { return }
          try belt.send(.rows(rows))
          (rows, bytes) = ([], 0)
          progress(table.name, digest.rows, total)
        }
        if !rows.isEmpty { try belt.send(.rows(rows)) }
        let newest = table.counts ? try transaction.newestNumber(of: table.name) : nil
        try belt.send(.end(digest, newest: newest))
        progress(table.name, digest.rows, total)
      }
    }
  }

  private func write(from belt: RowBelt) async throws -> [TableDigest] {
    try await target.write { transaction in
      try transaction.refuseRows()
      for table in Schema.seeded { try transaction.execute("DELETE FROM \(identifier: table)") }
      let digests = try Schema.tables.map { try Self.write($0, from: belt, in: transaction) }
      try UnfinishedCopy.clear(in: transaction)
      return digests
    }
  }

  private static func write(
    _ table: StoredTable, from belt: RowBelt, in transaction: any SQLTransaction
  ) throws -> TableDigest {
    while true {
      switch try belt.take() {
      case .rows(let rows): try transaction.insert(rows, into: table)
      case .end(let sent, let newest):
        if let newest { try transaction.setNewestNumber(newest, of: table.name) }
        let found = try TableDigest(of: table, in: transaction)
        guard found == sent else {
          throw DatabaseFault(
            "\(table.name) did not arrive as it was: \(sent.rows) rows were sent, \(found.rows) are there",
            cure: "Nothing was stored. See luthier database check on the one that it is copied from.")
        }
        return found
      }
    }
  }
}

/// What is wrong with a database, and what to do.
package struct DatabaseFault: Error, CustomStringConvertible {
  package let message: String
  package let cure: String

  init(_ message: String, cure: String) {
    self.message = message
    self.cure = cure
  }

  package var description: String { "\(message). \(cure)" }
}

extension Row {
  /// About what it takes in memory.
  fileprivate var bytes: Int {
    values.reduce(0) { sum, value in
      switch value {
      case .text(let text): sum + text.utf8.count
      case .blob(let bytes): sum + bytes.count
      default: sum + 8
      }
    }
  }

  /// With as many words as the other engine takes.
  fileprivate func indexable(in dialect: Dialect) -> Row {
    Row(
      columns: columns,
      values: zip(columns.names, values).map { name, value in
        guard name == "words", case .text(let words) = value else { return value }
        return .text(Schema.indexable(words, in: dialect))
      })
  }
}

extension SQLTransaction {
  /// Throws where a table has rows that it did not have from its beginning.
  func refuseRows() throws {
    for table in Schema.tables where !Schema.seeded.contains(table.name) {
      guard try first("SELECT 1 AS one FROM \(identifier: table.name) LIMIT 1") == nil else {
        throw DatabaseFault(
          "the database that it is copied to is not empty: there are rows in \(table.name)",
          cure: "Name a new database, or empty this one.")
      }
    }
  }

  fileprivate func insert(_ rows: [Row], into table: StoredTable) throws {
    guard let first = rows.first else { return }
    let derived = try table.derived(from: first, in: dialect)?.column
    let names = first.columns.names.map { table.column($0, in: dialect) } + (derived.map { [$0] } ?? [])
    let columns = names.map { SQL("\(identifier: $0)") }.joined(", ")
    let values = try rows.map { row in
      let own = row.values.map { SQL("\($0)") }
      let made = try table.derived(from: row, in: dialect).map { [$0.value] } ?? []
      return "(" + (own + made).joined(", ") + ")" as SQL
    }.joined(", ")
    try execute("INSERT INTO \(identifier: table.name) (" + columns + ") VALUES " + values)
  }

  /// The highest number that a table ever gave, also where that row is gone.
  fileprivate func newestNumber(of table: String) throws -> Int64 {
    switch dialect {
    case .sqlite: try value("SELECT seq FROM sqlite_sequence WHERE name = \(table)") ?? 0
    case .postgres:
      try value(
        "SELECT COALESCE(pg_sequence_last_value(CAST(pg_get_serial_sequence(\(table), 'number') AS regclass)), 0)"
      ) ?? 0
    case .mysql:
      try value(
        """
        SELECT COALESCE(auto_increment, 1) - 1 AS newest FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_name = \(table)
        """) ?? 0
    }
  }

  fileprivate func setNewestNumber(_ number: Int64, of table: String) throws {
    guard number > 0 else { return }
    switch dialect {
    case .sqlite:
      try execute("DELETE FROM sqlite_sequence WHERE name = \(table)")
      try execute("INSERT INTO sqlite_sequence (name, seq) VALUES (\(table), \(number))")
    case .postgres:
      _ = try query("SELECT setval(CAST(pg_get_serial_sequence(\(table), 'number') AS regclass), \(number))")
    // See `settleNumbers`.
    case .mysql: break
    }
  }
}
