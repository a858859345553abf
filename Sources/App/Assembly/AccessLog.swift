import Domain
import HTTPServing
import HTTPWire

/// One line for each request; the query is left out, since it may hold what should not be kept.
enum AccessLog {
  static func note(_ exchange: ExchangeSummary, _ log: ServerLog) {
    let path = exchange.target.prefix { $0 != "?" }.prefix(200)
    let microseconds = exchange.duration / .microseconds(1)
    log.info(
      "request",
      [
        "id": exchange.id, "method": exchange.method.rawValue, "path": String(path),
        "status": exchange.status.map { String($0.code) } ?? "none", "bytes": String(exchange.sentBytes),
        "ms": String((microseconds / 10).rounded() / 100), "from": exchange.remoteAddress,
      ])
  }
}
