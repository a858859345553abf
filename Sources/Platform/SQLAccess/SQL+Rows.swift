extension SQL {
  /// `INSERT INTO table (a, b) VALUES (?, ?)`: each column stands beside its value.
  package static func insert(
    into table: String, _ columns: KeyValuePairs<String, any SQLConvertible>
  ) -> SQL {
    let names = columns.map { SQL(parts: [.identifier($0.key)]) }.joined(", ")
    let values = columns.map { SQL(parts: [.value($0.value.sqlValue)]) }.joined(", ")
    return "INSERT INTO \(identifier: table) (\(names)) VALUES (\(values))"
  }

  /// `a = ?, b = ?`, for the SET of an UPDATE.
  package static func assignments(_ columns: KeyValuePairs<String, any SQLConvertible>) -> SQL {
    columns.map { SQL(parts: [.identifier($0.key), .text(" = "), .value($0.value.sqlValue)]) }.joined(", ")
  }
}
