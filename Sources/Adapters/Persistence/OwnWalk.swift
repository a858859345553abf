import SQLAccess

/// How PostgreSQL and MySQL are made to go through one owner's rows in their order, by an index of owner and number.
///
/// PostgreSQL takes a column that is equal to something out of the order, and may then go through the numbers of all
/// owners; MariaDB sorts what it has found by a range.
struct OwnWalk {
  /// What stands behind the table's name.
  let index: SQL
  let mine: SQL
  /// For ORDER BY.
  let newest: SQL
  let oldest: SQL

  init(owner: String, column: StaticString, index: StaticString, in dialect: Dialect) {
    let name = SQL(unsafe: column.description)
    guard dialect != .mysql else {
      self.index = "FORCE INDEX (" + SQL(unsafe: index.description) + ")"
      mine = "\(name) = \(owner)"
      (newest, oldest) = ("number DESC", "number")
      return
    }
    self.index = ""
    mine = "\(name) BETWEEN \(owner) AND \(owner)"
    (newest, oldest) = ("\(name) DESC, number DESC", "\(name), number")
  }
}
