import CMySQL
import SQLAccess

extension SQLError {
  /// Why a connection could not be opened; the server's words, which never hold a password, are told in full.
  init(mysqlOpening handle: UnsafeMutablePointer<MYSQL>) {
    let number = Int(mysql_errno(handle))
    let words = mysql_error(handle).map { String(cString: $0) } ?? ""
    let (code, sentence): (Code, String) =
      switch number {
      case 1045, 1698, 1251, 1862, 4151:
        (.cannotOpen, "the database server refuses the user or the password")
      case 1044: (.cannotOpen, "the user may not connect to this database")
      case 1049: (.cannotOpen, "the database server has no database of this name")
      case 1040, 1203, 1226: (.unreachable, "the database server takes no more connections")
      case 1053: (.unreachable, "the database server is starting or ending")
      case 2026: (.cannotOpen, "the connection to the database server cannot be encrypted as asked")
      case 1058, 1059, 2058, 2059, 2061, 1130: (.cannotOpen, "the database server refuses the connection")
      default: (.unreachable, "the database server cannot be reached")
      }
    self.init(code, sentence, engineMessage: "\(words) (\(number))")
  }

  /// What a connection's last statement failed of.
  init(mysqlConnection handle: UnsafeMutablePointer<MYSQL>, _ sql: RenderedSQL) {
    self.init(
      mysqlNumber: Int(mysql_errno(handle)), mysql_error(handle).map { String(cString: $0) } ?? "", sql)
  }

  /// What a prepared statement failed of.
  init(mysqlStatement handle: UnsafeMutablePointer<MYSQL_STMT>, _ sql: RenderedSQL) {
    self.init(
      mysqlNumber: Int(mysql_stmt_errno(handle)), mysql_stmt_error(handle).map { String(cString: $0) } ?? "",
      sql)
  }

  private init(mysqlNumber number: Int, _ words: String, _ sql: RenderedSQL) {
    let code = Code(mysqlNumber: number)
    self.init(
      code, code.ofServer, constraint: Self.constraint(number, words), statement: sql.text,
      values: sql.values, engineMessage: "\(words) (\(number))")
  }

  /// The column or the index that the server names; never a value, which stands before it.
  private static func constraint(_ number: Int, _ words: String) -> String? {
    switch number {
    case 1048, 1364: quoted(words, first: true)
    case 1062: quoted(words, first: false)
    default: nil
    }
  }

  private static func quoted(_ words: String, first: Bool) -> String? {
    let pieces = words.split(separator: "'", omittingEmptySubsequences: false)
    guard pieces.count >= 3 else { return nil }
    return String(first ? pieces[1] : pieces[pieces.count - 2])
  }
}

extension SQLError.Code {
  /// Source: MariaDB's and MySQL's lists of error codes; below 2100 from 2000 on the client library's own.
  init(mysqlNumber number: Int) {
    self =
      switch number {
      case 1022, 1062, 1169, 1586: .uniqueViolation
      case 1215, 1216, 1217, 1451, 1452: .foreignKeyViolation
      case 1048, 1364: .notNullViolation
      case 1264, 1265, 1292, 1366, 1406, 3819, 4025: .constraintViolation
      case 1205, 1213, 3572: .busy
      case 1021, 1041, 1114, 1037, 1038: .full
      case 1290, 1792, 1836: .readOnly
      case 1034, 1194, 1195, 126, 127, 144, 145: .corrupt
      case 3, 1005, 1023, 1024, 1026: .inputOutput
      case 1317, 1969, 3024: .cancelled
      // The last: MySQL's word for a connection that it ended because nobody used it.
      case 1040, 1053, 1077...1080, 1152, 1158...1161, 1184, 1927, 2000...2013, 2055, 4031: .unreachable
      case 1044, 1045, 1049, 1142, 1143, 1227: .cannotOpen
      case 1050, 1060, 1061, 1091, 1826: .alreadyThere
      case 1153, 1301, 2020: .tooLarge
      case 1052, 1054, 1064, 1065, 1109, 1136, 1146, 1149, 1305, 1582: .syntax
      default: .engine
      }
  }
}

extension MySQLConnection {
  /// The same error with its constraint as the other engines name it: the table and its columns.
  func naming(_ error: SQLError) -> SQLError {
    guard let name = error.constraint, let table = error.statement.flatMap(Self.table) else { return error }
    var named = error
    if error.code == .notNullViolation { named.constraint = "\(table).\(name)" }
    guard error.code == .uniqueViolation else { return named }
    // MySQL says `table.index`, MariaDB only `index`.
    let index = name.split(separator: ".").last.map(String.init) ?? name
    let asked: SQL = """
      SELECT column_name AS name FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = \(table) AND index_name = \(index) ORDER BY seq_in_index
      """
    let columns = (try? rows(asked.rendered(for: .mysql)))?.compactMap {
      try? $0.get("name", as: String.self)
    }
    guard let columns, !columns.isEmpty else { return named }
    named.constraint = columns.map { "\(table).\($0)" }.joined(separator: ", ")
    return named
  }

  /// The table that a statement writes to.
  private static func table(of statement: String) -> String? {
    let words = statement.split(maxSplits: 4, whereSeparator: { $0.isWhitespace || $0 == "(" })
    let place = words.first?.uppercased() == "UPDATE" ? 1 : 2
    guard words.count > place, ["INSERT", "UPDATE", "REPLACE"].contains(words[0].uppercased()) else {
      return nil
    }
    return words[place].filter { $0 != "`" && $0 != "\"" }
  }
}
