import CMySQL
import Glibc
import SQLAccess

/// Makes connections.
enum MySQLOpening {
  /// How long a host may take to answer, in seconds.
  private static let patience: UInt32 = 10
  /// libmariadb prepares itself once, and not beside itself.
  private static let isReady = mysql_server_init(0, nil, nil) == 0

  /// A connection that is ready, for the caller to close.
  ///
  /// Throws `unreachable`, `cannotOpen`, or `engine` where the server is too old.
  static func open(_ address: MySQLAddress) throws(SQLError) -> UnsafeMutablePointer<MYSQL> {
    guard isReady, let handle = mysql_init(nil) else {
      throw SQLError(.engine, "no memory for a connection")
    }
    var patience = patience
    var (yes, no): (my_bool, UInt32) = (1, 0)
    // A server must not have this program read files for it.
    mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no)
    mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &patience)
    mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
    mysql_options(handle, MYSQL_OPT_NONBLOCK, nil)
    var way = (address.socket == nil ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET).rawValue
    mysql_options(handle, MYSQL_OPT_PROTOCOL, &way)
    if address.encryption != .none {
      mysql_ssl_set(handle, address.key, address.certificate, address.authority, nil, nil)
      mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes)
      if address.encryption == .checked { mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes) }
    }
    let opened = mysql_real_connect(
      handle, address.host, address.user, address.password, address.database, address.port, address.socket, 0)
    guard opened != nil else {
      let error = SQLError(mysqlOpening: handle)
      mysql_close(handle)
      throw error
    }
    keepAlive(mysql_get_socket(handle))
    return handle
  }

  /// A host that has vanished is noticed within a minute.
  private static func keepAlive(_ socket: Int32) {
    let options = [
      (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30),
      (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10), (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3),
    ]
    for (level, name, value) in options {
      var value = Int32(value)
      // A local socket knows nothing of it, and needs nothing.
      setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
  }
}
