extension SQLError.Code {
  /// One sentence without values, for what a database server says a statement fails of.
  package var ofServer: String {
    switch self {
    case .uniqueViolation: "a row with this value exists already"
    case .foreignKeyViolation: "a row that is referred to is missing, or is still referred to"
    case .notNullViolation: "a required value is missing"
    case .constraintViolation: "a value breaks a rule of its table"
    case .busy: "the database is locked by another process"
    case .full: "the disk is full"
    case .readOnly: "the database may only be read here"
    case .corrupt: "the database is damaged"
    case .inputOutput: "the disk could not be read or written"
    case .unreachable: "the connection to the database was cut"
    case .cannotOpen: "the database server refuses the login"
    case .cancelled: "the call was cancelled"
    case .syntax: "the statement is not valid"
    case .alreadyThere: "what was to be made is there already"
    case .tooLarge: "a value is larger than the database server takes"
    default: "the database failed"
    }
  }
}
