import SQLAccess

/// An address taken apart: `mysql://user:password@host:3306/database?ssl_ca=/path`.
///
/// | parameter | means |
/// |---|---|
/// | `unix_socket` | a local socket, in place of host and port |
/// | `ssl_ca`, `ssl_cert`, `ssl_key` | files; with the first, the server's certificate and name are checked |
/// | `ssl_mode` | `disabled` (the default), `required` (encrypted, not checked) or `verify_identity` |
/// | `charset` | `utf8mb4`, which it is in any case |
struct MySQLAddress: Sendable {
  enum Encryption: Sendable {
    case none
    case unchecked
    case checked
  }

  private(set) var host = "127.0.0.1"
  private(set) var port: UInt32 = 3306
  private(set) var user = ""
  private(set) var password = ""
  private(set) var database = ""
  private(set) var socket: String?
  private(set) var encryption = Encryption.none
  private(set) var authority: String?
  private(set) var certificate: String?
  private(set) var key: String?

  init(_ text: String) throws(SQLError) {
    guard let start = text.firstRange(of: "://") else { throw Self.malformed("cannot be read") }
    let rest = text[start.upperBound...]
    let place = rest.prefix { $0 != "?" }
    try read(parameters: rest.dropFirst(place.count + 1))
    let server = place.prefix { $0 != "/" }
    database = try Self.decoded(place.dropFirst(server.count + 1))
    guard !database.isEmpty, !database.contains("/") else { throw Self.malformed("must name a database") }
    try read(server: server)
  }

  private mutating func read(server: Substring) throws(SQLError) {
    var place = server
    if let end = server.lastIndex(of: "@") {
      let login = server[..<end]
      let name = login.prefix { $0 != ":" }
      user = try Self.decoded(name)
      password = try Self.decoded(login.dropFirst(name.count + 1))
      place = server[server.index(after: end)...]
    }
    var behind = place
    if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
      host = String(place[place.index(after: place.startIndex)..<end])
      behind = place[place.index(after: end)...]
    } else {
      let name = place.prefix { $0 != ":" }
      if !name.isEmpty { host = try Self.decoded(name) }
      behind = place.dropFirst(name.count)
    }
    guard !behind.isEmpty else { return }
    guard behind.first == ":", let number = UInt32(behind.dropFirst()), (1...65_535).contains(number) else {
      throw Self.malformed("has a port that is no number")
    }
    port = number
  }

  private mutating func read(parameters: Substring) throws(SQLError) {
    var mode: String?
    for parameter in parameters.split(separator: "&") {
      let name = parameter.prefix { $0 != "=" }
      let value = try Self.decoded(parameter.dropFirst(name.count + 1))
      guard !value.isEmpty else { throw Self.malformed("has a parameter without a value") }
      switch name {
      case "unix_socket": socket = value
      case "ssl_ca": authority = value
      case "ssl_cert": certificate = value
      case "ssl_key": key = value
      case "ssl_mode": mode = value.lowercased()
      case "charset" where value.lowercased() == "utf8mb4": break
      default: throw Self.malformed("has an unknown parameter, or one with an unknown value")
      }
    }
    switch mode {
    case nil: encryption = authority == nil && certificate == nil ? .none : .checked
    case "disabled": encryption = .none
    case "required": encryption = .unchecked
    case "verify_identity": encryption = .checked
    default: throw Self.malformed("has an unknown parameter, or one with an unknown value")
    }
  }

  private static func malformed(_ fault: String) -> SQLError {
    // Nothing of the address is repeated: a part of a password may stand where it does not belong.
    SQLError(.malformedURL, "the address of the database \(fault)")
  }

  private static func decoded(_ text: Substring) throws(SQLError) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), value != 0 else {
        throw malformed("has a % that %25 must stand for")
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else { throw malformed("cannot be read") }
    return decoded
  }
}
