/// A statement, or a piece of one, in which every interpolated value is bound and never spliced.
///
/// ```swift
/// let name = "Robert'); DROP TABLE users;--"
/// let sql: SQL = "SELECT * FROM users WHERE name = \(name)"       // … WHERE name = ?
/// ```
///
/// A `String` cannot become `SQL` by accident: only a literal can, and what stands in `\( )` is a
/// parameter. The one raw way is named for what it is: `\(unsafe: text)`.
///
/// | interpolation | becomes |
/// |---|---|
/// | `\(value)` | a bound parameter; nil binds NULL |
/// | `\(otherSQL)` | that fragment, with its parameters |
/// | `\(list: values)` | `(?, ?, ?)` for IN; an empty list matches nothing |
/// | `\(identifier: name)` | a quoted table or column name |
/// | `\(type: .text)` | the column type of the dialect |
/// | `\(tableOptions: .strict)` | what follows `CREATE TABLE … ( … )` |
/// | `\(onConflict: keys, update: columns)` | the upsert tail of an INSERT |
/// | `\(sqlite: "…", postgres: "…", mysql: "…")` | the text for the engine, where they share no words |
/// | `\(unsafe: text)` | the text itself; never with anything a person typed |
package struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
  enum Part: Sendable, Hashable {
    case text(String)
    case value(SQLValue)
    case identifier(String)
    case type(Dialect.ColumnType)
    case tableOptions
    case emptyList(Dialect.ColumnType)
    case upsert(keys: [String], columns: [String])
    case choice(sqlite: String, postgres: String, mysql: String)
  }

  var parts: [Part]

  package init(stringLiteral value: String) {
    parts = [.text(value)]
  }

  package init(stringInterpolation: Interpolation) {
    parts = stringInterpolation.parts
  }

  /// Raw text as SQL.
  ///
  /// Only for text written in this program, never for anything a person typed.
  package init(unsafe text: String) {
    parts = [.text(text)]
  }

  init(parts: [Part]) {
    self.parts = parts
  }

  /// No text at all: the neutral piece when a condition is left out.
  package static let empty = SQL(parts: [])

  package static func + (left: SQL, right: SQL) -> SQL {
    SQL(parts: left.parts + right.parts)
  }

  package static func += (left: inout SQL, right: SQL) {
    left.parts += right.parts
  }

  package struct Interpolation: StringInterpolationProtocol {
    var parts: [Part] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      parts.reserveCapacity(2 * interpolationCount + 1)
    }

    package mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { parts.append(.text(literal)) }
    }

    package mutating func appendInterpolation(_ value: some SQLConvertible) {
      parts.append(.value(value.sqlValue))
    }

    /// The same for an optional, said apart: the compiler warns of optionals in other interpolations.
    package mutating func appendInterpolation(_ value: (some SQLConvertible)?) {
      parts.append(.value(value.sqlValue))
    }

    package mutating func appendInterpolation(_ fragment: SQL) {
      parts += fragment.parts
    }

    /// A parenthesised list of parameters for `IN` and `NOT IN`.
    ///
    /// An empty list is written as a query without rows: `IN ()` is a syntax error in PostgreSQL and
    /// MySQL, and `(NULL)` would make `NOT IN` false for every row.
    package mutating func appendInterpolation<Value: SQLConvertible>(list values: some Sequence<Value>) {
      var open = "("
      for value in values {
        parts.append(.text(open))
        parts.append(.value(value.sqlValue))
        open = ", "
      }
      parts.append(open == "(" ? .emptyList(Value.columnType) : .text(")"))
    }

    package mutating func appendInterpolation(identifier name: String) {
      parts.append(.identifier(name))
    }

    package mutating func appendInterpolation(type: Dialect.ColumnType) {
      parts.append(.type(type))
    }

    package mutating func appendInterpolation(tableOptions: Dialect.TableOptions) {
      switch tableOptions {
      case .strict: parts.append(.tableOptions)
      }
    }

    package mutating func appendInterpolation(onConflict keys: [String], update columns: [String]) {
      parts.append(.upsert(keys: keys, columns: columns))
    }

    /// What only one engine's own words can say, such as a full-text index.
    package mutating func appendInterpolation(
      sqlite: StaticString, postgres: StaticString, mysql: StaticString
    ) {
      parts.append(
        .choice(sqlite: sqlite.description, postgres: postgres.description, mysql: mysql.description))
    }

    package mutating func appendInterpolation(unsafe text: String) {
      parts.append(.text(text))
    }
  }
}

extension Sequence<SQL> {
  /// Joins fragments with text between them, such as `" AND "`.
  package func joined(_ separator: StaticString) -> SQL {
    var result = SQL.empty
    var isFirst = true
    for fragment in self {
      if !isFirst { result += SQL(unsafe: separator.description) }
      result += fragment
      isFirst = false
    }
    return result
  }
}
