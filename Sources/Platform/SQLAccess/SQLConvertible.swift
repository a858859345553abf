/// A Swift value that can be bound to a statement and read back from a row.
///
/// `Int`, `Int64`, `Double`, `Bool`, `String`, `[UInt8]`, `SQLValue` and the optionals of all of them
/// conform. A raw-value enumeration or identifier joins with an empty extension:
/// `extension TaskID: SQLConvertible {}`.
package protocol SQLConvertible {
  /// What a column for it would be; an engine that compares like with like only asks it of a list without values.
  static var columnType: Dialect.ColumnType { get }
  /// The value as the database stores it.
  var sqlValue: SQLValue { get }

  /// Reads a stored value; nil when its storage class or range does not fit.
  static func fromSQL(_ value: SQLValue) -> Self?
}

extension SQLValue: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .text }
  package var sqlValue: SQLValue { self }
  package static func fromSQL(_ value: SQLValue) -> SQLValue? { value }
}

extension Int64: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .integer }
  package var sqlValue: SQLValue { .integer(self) }

  package static func fromSQL(_ value: SQLValue) -> Int64? {
    if case .integer(let number) = value { number } else { nil }
  }
}

extension Int: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .integer }
  package var sqlValue: SQLValue { .integer(Int64(self)) }

  package static func fromSQL(_ value: SQLValue) -> Int? {
    if case .integer(let number) = value { Int(exactly: number) } else { nil }
  }
}

extension Double: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .real }
  package var sqlValue: SQLValue { .real(self) }

  /// Whole numbers are read too: an engine may hand back `3` for a stored `3.0`.
  package static func fromSQL(_ value: SQLValue) -> Double? {
    switch value {
    case .real(let number): number
    case .integer(let number): Double(exactly: number)
    default: nil
    }
  }
}

extension Bool: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .boolean }
  package var sqlValue: SQLValue { .integer(self ? 1 : 0) }

  package static func fromSQL(_ value: SQLValue) -> Bool? {
    switch value {
    case .integer(0): false
    case .integer(1): true
    default: nil
    }
  }
}

extension String: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .text }
  package var sqlValue: SQLValue { .text(self) }

  package static func fromSQL(_ value: SQLValue) -> String? {
    if case .text(let text) = value { text } else { nil }
  }
}

extension [UInt8]: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .blob }
  package var sqlValue: SQLValue { .blob(self) }

  package static func fromSQL(_ value: SQLValue) -> [UInt8]? {
    if case .blob(let bytes) = value { bytes } else { nil }
  }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
  package static var columnType: Dialect.ColumnType { Wrapped.columnType }
  package var sqlValue: SQLValue { self?.sqlValue ?? .null }

  package static func fromSQL(_ value: SQLValue) -> Wrapped?? {
    if value == .null { return .some(nil) }
    return Wrapped.fromSQL(value).map { .some($0) }
  }
}

extension SQLConvertible where Self: RawRepresentable, RawValue: SQLConvertible {
  package static var columnType: Dialect.ColumnType { RawValue.columnType }
  package var sqlValue: SQLValue { rawValue.sqlValue }

  package static func fromSQL(_ value: SQLValue) -> Self? {
    RawValue.fromSQL(value).flatMap(Self.init(rawValue:))
  }
}
