/// One value as a database stores it.
///
/// The five storage classes that SQLite, PostgreSQL and MySQL have in common. Truth values and times
/// are integers (0 or 1, and milliseconds since 1970), so that a driver has nothing to guess.
package enum SQLValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// The storage class by name, for messages: a type never reveals a value.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .integer: "integer"
    case .real: "real"
    case .text: "text"
    case .blob: "blob"
    }
  }
}
