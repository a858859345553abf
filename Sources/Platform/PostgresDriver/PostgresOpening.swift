import CPostgres
import Glibc
import SQLAccess

/// Makes connections.
enum PostgresOpening {
  /// The oldest server that is spoken to.
  private static let oldest: Int32 = 120_000
  /// How long a host may take to answer.
  private static let patience = 10_000

  /// A connection that is ready, for the caller to finish.
  ///
  /// Throws `malformedURL`, `unreachable`, `cannotOpen`, or `engine` where the server is too old.
  static func open(_ address: String) throws(SQLError) -> OpaquePointer {
    // Here, since libpq's own words repeat what it does not understand, which may be a part of a password.
    guard let options = PQconninfoParse(address, nil) else {
      throw SQLError(.malformedURL, "the address of the database cannot be read, or has an unknown parameter")
    }
    PQconninfoFree(options)
    guard let handle = start(address) else { throw SQLError(.engine, "no memory for a connection") }
    // Else no error of the server tells its SQLSTATE, and its words are in its own language.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    do throws(SQLError) {
      try waitUntilOpen(handle)
      PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
      guard PQserverVersion(handle) >= oldest else {
        throw SQLError(.engine, "the PostgreSQL server is too old: version 12 is the oldest that will do")
      }
    } catch {
      PQfinish(handle)
      throw error
    }
    return handle
  }

  private static func start(_ address: String) -> OpaquePointer? {
    // Of a name that comes twice the last counts: what stands before the address may be said otherwise there.
    let parameters = [
      ("fallback_application_name", "luthier"), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
      ("keepalives_count", "3"), ("tcp_user_timeout", "60000"), ("dbname", address),
      ("client_encoding", "UTF8"),
    ]
    var names: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.0)) } + [nil]
    var values: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.1)) } + [nil]
    defer { for text in names + values { free(UnsafeMutablePointer(mutating: text)) } }
    return PQconnectStartParams(&names, &values, 1)
  }

  private static func waitUntilOpen(_ handle: OpaquePointer) throws(SQLError) {
    var host = ""
    var end = milliseconds() + patience
    var wanted = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
    while wanted != PGRES_POLLING_OK {
      guard wanted != PGRES_POLLING_FAILED else { throw SQLError(postgresOpening: handle) }
      // An address may name several hosts, which are tried one after another.
      let tried = PQhost(handle).map { String(cString: $0) } ?? ""
      if tried != host { (host, end) = (tried, milliseconds() + patience) }
      let left = end - milliseconds()
      var watched = pollfd(
        fd: PQsocket(handle), events: Int16(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
      guard left > 0, poll(&watched, 1, Int32(left)) != 0 else {
        throw SQLError(
          .unreachable, "the database server cannot be reached", engineMessage: "no answer within 10 seconds")
      }
      if watched.revents != 0 { wanted = PQconnectPoll(handle) }
    }
  }

  private static func milliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
