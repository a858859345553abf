/// One row of a result.
///
/// A value of its own: it outlives the statement and the transaction.
package struct Row: Sendable {
  /// The column names of one result, shared by all its rows.
  package final class Columns: Sendable {
    package let names: [String]
    let indexes: [String: Int]

    /// A name that occurs twice means its first column.
    package init(_ names: [String]) {
      self.names = names
      indexes = Dictionary(
        zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    }
  }

  package let columns: Columns
  package let values: [SQLValue]

  package init(columns: Columns, values: [SQLValue]) {
    self.columns = columns
    self.values = values
  }

  /// The value of a column by name.
  ///
  /// Throws `missingColumn` when the result has no such column and `typeMismatch` when the stored value is
  /// not of the type asked for; NULL is of the type only when that is an optional.
  package func get<T: SQLConvertible>(_ column: String, as type: T.Type = T.self) throws(SQLError) -> T {
    guard let index = columns.indexes[column] else {
      throw SQLError(
        .missingColumn, "the result has no column \(column), only \(columns.names)", constraint: column)
    }
    return try get(index)
  }

  /// The value of a column by position, counted from 0.
  ///
  /// Throws as `get(_:as:)` by name does.
  package func get<T: SQLConvertible>(_ index: Int, as type: T.Type = T.self) throws(SQLError) -> T {
    guard values.indices.contains(index) else {
      throw SQLError(.missingColumn, "the result has \(values.count) columns, none at \(index)")
    }
    guard let value = T.fromSQL(values[index]) else {
      let name = columns.names[index]
      throw SQLError(
        .typeMismatch, "column \(name) holds \(values[index].typeName), which is no \(T.self)",
        constraint: name, values: [values[index]])
    }
    return value
  }
}
