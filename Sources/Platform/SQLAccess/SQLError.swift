/// What went wrong between this program and its database.
///
/// `description` may be shown to anyone: it names the kind of failure, the constraint and the statement
/// with its placeholders, never a bound value. Values and the engine's own words are in `debugDescription`.
package struct SQLError: Error, Sendable, Hashable {
  package var code: Code
  /// One sentence without values.
  package var message: String
  /// The constraint or column concerned, such as `users.username`, where the engine names it.
  package var constraint: String?
  /// The statement, with placeholders for its values.
  package var statement: String?
  /// The values that were bound, for the log of a developer only.
  package var values: [SQLValue]
  /// The engine's own message and number.
  package var engineMessage: String?

  package init(
    _ code: Code, _ message: String, constraint: String? = nil, statement: String? = nil,
    values: [SQLValue] = [], engineMessage: String? = nil
  ) {
    self.code = code
    self.message = message
    self.constraint = constraint
    self.statement = statement
    self.values = values
    self.engineMessage = engineMessage
  }

  /// The kind of failure.
  ///
  /// Open: a driver may add its own.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let uniqueViolation = Code(rawValue: "constraint.unique")
    package static let foreignKeyViolation = Code(rawValue: "constraint.foreign_key")
    package static let notNullViolation = Code(rawValue: "constraint.not_null")
    package static let constraintViolation = Code(rawValue: "constraint.other")
    /// Another process kept the database locked for longer than the time-out; trying again may help.
    package static let busy = Code(rawValue: "busy")
    /// The disk or the quota is full.
    package static let full = Code(rawValue: "full")
    package static let readOnly = Code(rawValue: "read_only")
    package static let corrupt = Code(rawValue: "corrupt")
    package static let inputOutput = Code(rawValue: "io")
    package static let cannotOpen = Code(rawValue: "cannot_open")
    /// No server answers, or the connection was cut; what was under way is stored or not.
    package static let unreachable = Code(rawValue: "unreachable")
    /// Another server works on the database.
    package static let inUse = Code(rawValue: "in_use")
    /// Another server has taken over what this write was to be done for; nothing was stored.
    package static let notInCharge = Code(rawValue: "not_in_charge")
    /// The database was closed before the call.
    package static let closed = Code(rawValue: "closed")
    /// The calling task was cancelled; nothing was stored.
    package static let cancelled = Code(rawValue: "cancelled")
    package static let syntax = Code(rawValue: "syntax")
    package static let engine = Code(rawValue: "engine")
    package static let missingColumn = Code(rawValue: "row.missing_column")
    package static let typeMismatch = Code(rawValue: "row.type_mismatch")
    package static let malformedURL = Code(rawValue: "url.malformed")
    /// A table, column or index that was to be made is there, or one that was to be taken away is not.
    package static let alreadyThere = Code(rawValue: "schema.already_there")
    /// A value that the engine takes no statement of.
    package static let tooLarge = Code(rawValue: "too_large")
    package static let migrationChanged = Code(rawValue: "migration.changed")
    package static let migrationUnknown = Code(rawValue: "migration.newer_database")
    package static let migrationOrder = Code(rawValue: "migration.order")
    package static let migrationFailed = Code(rawValue: "migration.failed")
  }
}

extension SQLError: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String {
    var text = "\(message) [\(code.rawValue)]"
    if let constraint { text += " (\(constraint))" }
    if let statement { text += " in: \(statement)" }
    return text
  }

  package var debugDescription: String {
    var text = description
    if !values.isEmpty { text += " with \(values)" }
    if let engineMessage { text += "; the engine says: \(engineMessage)" }
    return text
  }
}
