import Domain
import SQLAccess

extension DomainError {
  /// What a failure of the database means to those who do not know that there is one.
  ///
  /// The detail holds the statement and the engine's words but no bound value: rows hold password hashes.
  init(storing error: any Error) {
    guard let error = error as? SQLError else {
      self = (error as? DomainError) ?? DomainError(.internalFault, "Storing failed.", detail: "\(error)")
      return
    }
    let detail = error.description + (error.engineMessage.map { "; \($0)" } ?? "")
    switch error.code {
    case .full:
      self.init(
        .storageFull, "The disk of the server is full; nothing was stored.",
        hint: "Free space on the disk that holds the database, then try again.", detail: detail)
    case .busy:
      self.init(
        .timedOut, "The database is locked by another program.",
        hint: "Try again; if it stays so, look for a second server on the same database.", detail: detail)
    case .unreachable, .cannotOpen:
      self.init(
        .databaseUnreachable, "The database cannot be reached.",
        hint: "Try again in a minute. If you were saving something, check first whether it was stored.",
        detail: detail,
        retryAfter: 5)
    case .inUse:
      self.init(
        .databaseUnreachable, "Another server works on the database.",
        hint: "End one of the two servers; each needs a database of its own.", detail: detail, retryAfter: 5)
    case .notInCharge: self = .notInCharge(detail: detail)
    case .cancelled:
      self.init(
        DomainError.Code("cancelled"), "The request was given up; nothing was stored.", detail: detail)
    case .uniqueViolation:
      self.init(.conflict, "Something of this name is there already.", detail: detail)
    default:
      self.init(
        .internalFault, "The database failed.", hint: "The server's log says more.", detail: detail)
    }
  }
}

extension SQLDatabase {
  /// A read whose errors are the domain's.
  func reading<Value: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
  ) async throws(DomainError) -> Value {
    do { return try await read(body) } catch { throw DomainError(storing: error) }
  }

  /// A write whose errors are the domain's.
  func writing<Value: Sendable>(
    _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
  ) async throws(DomainError) -> Value {
    do { return try await write(body) } catch { throw DomainError(storing: error) }
  }
}
