package import SQLAccess

/// A table of the schema, as far as moving it between engines needs to know it.
package struct StoredTable: Sendable, Hashable {
  package let name: String
  /// Whether its rows are counted by a column `number` that never gives a number twice.
  package let counts: Bool
  /// Of an index of words.
  let indexed: Indexed?

  package var isSearch: Bool { indexed != nil }

  /// What an index of words is of; SQLite numbers its rows by `rowid`.
  struct Indexed: Sendable, Hashable {
    /// The table whose rows its rows belong to.
    let table: String
    /// Its columns beside the number with every engine.
    let columns: String
  }

  /// Every row, in the order of their making where that is known, with the same columns from every engine.
  package var rows: SQL {
    guard let indexed else {
      return "SELECT * FROM \(identifier: name)" + (counts ? " ORDER BY number" : "")
    }
    let number: SQL = "\(sqlite: "rowid", postgres: "number", mysql: "number")"
    // SQLite cannot watch over what these rows refer to.
    return """
      SELECT \(number) AS number, \(unsafe: indexed.columns) FROM \(identifier: name)
      WHERE \(number) IN (SELECT number FROM \(identifier: indexed.table)) ORDER BY \(number)
      """
  }

  /// The column in which an engine keeps a column of `rows`.
  package func column(_ name: String, in dialect: Dialect) -> String {
    isSearch && dialect == .sqlite && name == "number" ? "rowid" : name
  }

  /// What an engine keeps with a row of `rows` that is made of it, by column.
  package func derived(from row: Row, in dialect: Dialect) throws -> (column: String, value: SQL)? {
    guard isSearch, dialect != .sqlite else { return nil }
    let isOfPassages = name == "passage_search"
    let value = OwnTerms.value(
      titles: isOfPassages ? try row.get("titles") : "", try row.get("words"),
      owner: try row.get(isOfPassages ? "scope" : "owner"), in: dialect)
    return ("terms", value)
  }
}

extension Schema {
  /// Every table but the record of steps, in the order of their making: what a row refers to stands before it.
  package static let tables: [StoredTable] = migrations.flatMap(\.statements).compactMap { statement in
    let text = statement.rendered(for: .sqlite).text
    let words = text.split(maxSplits: 4, whereSeparator: \.isWhitespace)
    guard words.first == "CREATE" else { return nil }
    if words.count > 2, words[1] == "TABLE" {
      return StoredTable(
        name: String(words[2]), counts: text.contains("number INTEGER PRIMARY KEY AUTOINCREMENT"),
        indexed: nil)
    }
    guard words.count > 3, words[1] == "VIRTUAL", words[2] == "TABLE" else { return nil }
    return StoredTable(name: String(words[3]), counts: false, indexed: indexed[String(words[3])])
  }

  private static let indexed: [String: StoredTable.Indexed] = [
    "message_search": .init(table: "messages", columns: "owner, words"),
    "passage_search": .init(table: "index_passages", columns: "scope, titles, words"),
  ]

  /// Tables that a new database has a row in.
  package static let seeded: Set<String> = ["event_sequence", "search_backlog"]

  /// The steps that a database still lacks; none is applied.
  ///
  /// Throws as `Migrator.migrate` does.
  package static func missing(in database: any SQLDatabase) async throws -> [String] {
    try await Migrator(migrations).missing(in: database)
  }

  /// As many of a text's words as the engine's index takes: with PostgreSQL a megabyte in its own form.
  package static func indexable(_ words: String, in dialect: Dialect) -> String {
    let limit = 400_000
    guard dialect == .postgres, words.utf8.count > limit else { return words }
    let cut = words.utf8.prefix(limit)
    guard let end = cut.lastIndex(of: UInt8(ascii: " ")) else { return "" }
    return String(words[..<end])
  }
}
