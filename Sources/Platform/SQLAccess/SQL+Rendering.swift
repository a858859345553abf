/// A statement in the words of one engine: what a driver prepares, and what it binds in order.
package struct RenderedSQL: Sendable, Hashable {
  /// The text with the dialect's placeholders.
  ///
  /// Holds no bound value, so it is safe to log.
  package var text: String
  /// The values for the placeholders, first to last.
  package var values: [SQLValue]

  package init(text: String, values: [SQLValue] = []) {
    self.text = text
    self.values = values
  }
}

extension SQL {
  /// Writes the statement for an engine.
  package func rendered(for dialect: Dialect) -> RenderedSQL {
    var text = ""
    var values: [SQLValue] = []
    for part in parts {
      switch part {
      case .text(let piece): text += piece
      case .value(let value):
        values.append(value)
        text += dialect.placeholder(values.count)
      case .identifier(let name): text += dialect.quoted(name)
      case .type(let type): text += dialect.typeName(type)
      case .emptyList(let type): text += dialect.emptyList(of: type)
      case .tableOptions: text += dialect.tableOptions
      case .upsert(let keys, let columns): text += dialect.upsert(keys: keys, columns: columns)
      case .choice(let sqlite, let postgres, let mysql):
        switch dialect {
        case .sqlite: text += sqlite
        case .postgres: text += postgres
        case .mysql: text += mysql
        }
      }
    }
    return RenderedSQL(text: text, values: values)
  }
}
