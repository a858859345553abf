import API
import Domain
import HTTPServing
import HTTPWire

/// One line for each request.
///
/// The query is left out, and of the path what is no word of the routes and no identifier: either may hold what a
/// user wrote, and a log is read by others.
enum AccessLog {
  static func note(_ exchange: ExchangeSummary, _ log: ServerLog) {
    guard log.writes(.info) else { return }
    let (path, task) = known(exchange.target)
    let microseconds = exchange.duration / .microseconds(1)
    log.info(
      "request",
      [
        "id": exchange.id, "method": String(exchange.method.rawValue.prefix(16)), "path": path, "task": task,
        "status": exchange.status.map { String($0.code) } ?? "none", "bytes": String(exchange.sentBytes),
        "ms": String((microseconds / 10).rounded() / 100), "from": exchange.remoteAddress,
      ])
  }

  /// The path with `*` for what may be a user's own words, and the task it is about.
  static func known(_ target: String) -> (path: String, task: String) {
    var path = ""
    var task = ""
    var before: Substring = ""
    for segment in target.prefix(while: { $0 != "?" }).split(separator: "/").prefix(8) {
      let isIdentifier = isUUID(segment)
      if isIdentifier, before == "tasks" { task = String(segment) }
      path += "/"
      path += isIdentifier || APIRouter.words.contains(segment) ? segment : "*"
      before = segment
    }
    return (path.isEmpty ? "/" : path, task)
  }

  /// As `Identifier.make` writes them.
  private static func isUUID(_ text: Substring) -> Bool {
    let bytes = text.utf8
    guard bytes.count == 36 else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }
}
