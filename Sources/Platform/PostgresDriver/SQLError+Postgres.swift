import CPostgres
import SQLAccess

extension SQLError {
  /// Why a connection could not be opened.
  ///
  /// The server's words are told in full, with their SQLSTATE: `FATAL:  28P01: password …`. They never hold a password.
  init(postgresOpening handle: OpaquePointer) {
    let message = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    let words = String(message.prefix { $0 != "\n" })
    if PQconnectionNeedsPassword(handle) == 1 {
      self.init(.cannotOpen, "the database server wants a password", engineMessage: words)
      return
    }
    let (code, sentence): (Code, String) =
      switch Self.state(in: message) {
      case "28P01", "28000": (.cannotOpen, "the database server refuses the user or the password")
      case "3D000": (.cannotOpen, "the database server has no database of this name")
      case "42501": (.cannotOpen, "the user may not connect to this database")
      case "53300": (.unreachable, "the database server takes no more connections")
      case "57P03": (.unreachable, "the database server is starting or ending")
      case .some: (.cannotOpen, "the database server refuses the connection")
      case nil: (.unreachable, "the database server cannot be reached")
      }
    self.init(code, sentence, engineMessage: words)
  }

  private static func state(in message: String) -> String? {
    message.split(separator: ":").lazy.map { $0.drop(while: \.isWhitespace) }.first {
      $0.utf8.count == 5 && $0.contains(where: \.isNumber)
        && $0.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
    }.map(String.init)
  }

  /// A connection that failed, which is cut as a rule.
  init(postgresConnection handle: OpaquePointer, _ sql: RenderedSQL) {
    self.init(
      PQstatus(handle) == CONNECTION_OK ? .engine : .unreachable, "the connection to the database was cut",
      statement: sql.text, engineMessage: PQerrorMessage(handle).map { String(cString: $0) })
  }

  /// What the server says a statement fails of.
  init(postgresResult result: OpaquePointer, _ sql: RenderedSQL) {
    let state = luthier_pq_sqlstate(result).map { String(cString: $0) }
    let code = Code(sqlState: state ?? "08006")
    let message = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
    self.init(
      code, code.ofServer, constraint: Self.constraint(of: result), statement: sql.text,
      values: sql.values, engineMessage: "\(message) (\(state ?? "no state"))")
  }

  /// `users.username` out of the table and `Key (username)=(…) already exists`: columns, never values.
  private static func constraint(of result: OpaquePointer) -> String? {
    guard let table = luthier_pq_table(result).map({ String(cString: $0) }) else { return nil }
    if let column = luthier_pq_column(result) { return "\(table).\(String(cString: column))" }
    let detail = luthier_pq_detail(result).map { String(cString: $0) } ?? ""
    if detail.hasPrefix("Key ("), let end = detail.firstRange(of: ")=(")?.lowerBound {
      let columns = detail[..<end].dropFirst("Key (".count).split(separator: ",")
      return columns.map { "\(table).\($0.drop(while: \.isWhitespace))" }.joined(separator: ", ")
    }
    return luthier_pq_constraint(result).map { String(cString: $0) }
  }
}

extension SQLError.Code {
  /// Source: PostgreSQL's documentation, appendix A.
  init(sqlState state: String) {
    switch state {
    case "23505": self = .uniqueViolation
    case "23503": self = .foreignKeyViolation
    case "23502": self = .notNullViolation
    case "40001", "40P01", "55P03": self = .busy
    case "53100": self = .full
    case "25006": self = .readOnly
    case "57014": self = .cancelled
    case "58030": self = .inputOutput
    case "53300", "57P01", "57P02", "57P03", "25P03": self = .unreachable
    default:
      switch state.prefix(2) {
      case "08": self = .unreachable
      case "23": self = .constraintViolation
      case "28": self = .cannotOpen
      case "42": self = .syntax
      case "XX": self = state == "XX000" ? .engine : .corrupt
      default: self = .engine
      }
    }
  }
}
