import Domain
import SQLAccess

/// How a host's login stands in its row: the way in clear, every secret sealed.
struct HostRow {
  let way: String
  let keyPath: String?
  let key: [UInt8]?
  let password: [UInt8]?

  init(_ host: HostRecord, _ seal: ColumnSeal) {
    func sealed(_ text: String?, _ column: String) -> [UInt8]? {
      text.map { seal.seal(Array($0.utf8), Self.context(column, host)) }
    }
    way = host.authentication.description
    switch host.authentication {
    case .system, .lost: (keyPath, key, password) = (nil, nil, nil)
    case .keyFile(let path, let passphrase):
      (keyPath, key, password) = (path, nil, sealed(passphrase, "password"))
    case .privateKey(let text, let passphrase):
      (keyPath, key, password) = (nil, sealed(text, "key"), sealed(passphrase, "password"))
    case .password(let text): (keyPath, key, password) = (nil, nil, sealed(text, "password"))
    }
  }

  static let selection: SQL = """
    SELECT id, name, address, port, login_name, authentication, key_path, sealed_key, sealed_password, jump_host,
      user_data_directory, work_directory, virtual_environment, conda_environment, trainer_command, slots,
      kind, cluster_request, created_by, created_at FROM hosts
    """

  static func host(_ row: Row, _ seal: ColumnSeal) throws -> HostRecord {
    let port: Int64? = try row.get("port")
    // Null in a row from before there were clusters.
    let kind: String? = try row.get("kind")
    var host = HostRecord(
      id: try row.get("id"), kind: kind.flatMap(HostDescription.Kind.init) ?? .ssh, name: try row.get("name"),
      address: try row.get("address"),
      port: port.flatMap { UInt16(exactly: $0) }, user: try row.get("login_name"),
      jumpHost: try row.get("jump_host"), userDataDirectory: try row.get("user_data_directory"),
      workDirectory: try row.get("work_directory"), virtualEnvironment: try row.get("virtual_environment"),
      condaEnvironment: try row.get("conda_environment"), trainerCommand: try row.get("trainer_command"),
      slots: try row.get("slots"), cluster: ClusterSettings(text: try row.get("cluster_request")),
      createdBy: try row.get("created_by"), createdAt: try row.get("created_at"))
    host.authentication = try authentication(of: row, host, seal)
    return host
  }

  /// Where the installation's secret was replaced, the login is lost, and nothing else.
  private static func authentication(of row: Row, _ host: HostRecord, _ seal: ColumnSeal) throws
    -> HostAuthentication
  {
    func opened(_ name: String, _ column: String) throws -> String? {
      let sealed: [UInt8]? = try row.get(name)
      return try sealed.map { sealed in
        guard let bytes = try? seal.open(sealed, context(column, host)) else { throw Lost() }
        return String(decoding: bytes, as: UTF8.self)
      }
    }
    do {
      let way: String = try row.get("authentication")
      let password = try opened("sealed_password", "password")
      switch way {
      case "system": return .system
      case "key_file":
        let path: String? = try row.get("key_path")
        return path.map { .keyFile($0, passphrase: password) } ?? .lost
      case "private_key":
        return try opened("sealed_key", "key").map { .privateKey($0, passphrase: password) } ?? .lost
      case "password": return password.map { .password($0) } ?? .lost
      default: return .lost
      }
    } catch is Lost {
      return .lost
    }
  }

  private struct Lost: Error {}

  /// Tied to the address as well: a password is good for the host it was given for and for no other.
  private static func context(_ column: String, _ host: HostRecord) -> String {
    "hosts.\(column)/\(host.id.rawValue)/\(host.address)"
  }
}
