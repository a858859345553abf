import CSQLite
import SQLAccess

extension SQLError {
  /// Reads what SQLite says about its last failure.
  ///
  /// - Parameter handle: the connection that failed; nil when it could not even be opened.
  init(sqlite result: Int32, handle: OpaquePointer?, sql: RenderedSQL? = nil) {
    let extended = handle.map { sqlite3_extended_errcode($0) } ?? result
    let message = String(cString: handle.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(result))
    let code = Code(sqlite: result, extended: extended)
    self.init(
      code, Self.sentence(code), constraint: Self.constraint(in: message), statement: sql?.text,
      values: sql?.values ?? [], engineMessage: "\(message) (\(extended))")
  }

  /// `users.username` out of `UNIQUE constraint failed: users.username`: columns, never values.
  private static func constraint(in message: String) -> String? {
    let words = message.split(separator: " ")
    guard let failed = words.firstIndex(of: "failed:"), failed + 1 < words.count else { return nil }
    return words[(failed + 1)...].joined(separator: " ")
  }

  private static func sentence(_ code: Code) -> String {
    switch code {
    case .uniqueViolation: "a row with this value exists already"
    case .foreignKeyViolation: "a row that is referred to is missing, or is still referred to"
    case .notNullViolation: "a required value is missing"
    case .constraintViolation: "a value breaks a rule of its table"
    case .busy: "the database is locked by another process"
    case .full: "the disk is full"
    case .readOnly: "the database may only be read here"
    case .corrupt: "the file is damaged or is no database"
    case .inputOutput: "the disk could not be read or written"
    case .cannotOpen: "the database file cannot be opened"
    case .cancelled: "the call was cancelled"
    case .syntax: "the statement is not valid"
    default: "the database failed"
    }
  }
}

extension SQLError.Code {
  init(sqlite result: Int32, extended: Int32) {
    switch extended {
    case Extended.unique, Extended.primaryKey, Extended.rowID:
      self = .uniqueViolation
      return
    case Extended.foreignKey:
      self = .foreignKeyViolation
      return
    case Extended.notNull:
      self = .notNullViolation
      return
    default: break
    }
    switch result & 0xff {
    case SQLITE_CONSTRAINT: self = .constraintViolation
    case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
    case SQLITE_FULL: self = .full
    case SQLITE_READONLY: self = .readOnly
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt
    case SQLITE_IOERR: self = .inputOutput
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: self = .cannotOpen
    case SQLITE_INTERRUPT: self = .cancelled
    case SQLITE_ERROR: self = .syntax
    default: self = .engine
    }
  }
}

/// The extended codes are computed macros, which Swift does not import: SQLITE_CONSTRAINT | (n << 8).
private enum Extended {
  static let foreignKey = SQLITE_CONSTRAINT | (3 << 8)
  static let notNull = SQLITE_CONSTRAINT | (5 << 8)
  static let primaryKey = SQLITE_CONSTRAINT | (6 << 8)
  static let unique = SQLITE_CONSTRAINT | (8 << 8)
  static let rowID = SQLITE_CONSTRAINT | (10 << 8)
}
