import Concurrency

/// Requests by route, method and status, and how long their answers took to begin.
///
/// Every row and every column is there from the start, so that counting one is a look-up and a few additions,
/// and so that nothing a caller wrote becomes a label.
package final class RequestCounts: Sendable {
  /// A route as its pattern, never as somebody's path.
  package struct Row: Hashable, Sendable {
    package let method: String
    package let pattern: String

    package init(method: String, pattern: String) {
      self.method = method
      self.pattern = pattern
    }
  }

  /// Where a client left before its answer began; nginx's number for it.
  package static let clientLeft = 499
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
  private static let statuses = [
    200, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 416, 422, 429, 431, 499, 500,
    502,
    503, 504, 507,
  ]
  /// The column of what is in no other.
  private static let otherStatus = "other"

  private let rows: [Row]
  private let places: [Row: Int]
  private let statuses: AtomicCounts
  private let durations: [DurationHistogram]

  /// - Parameter routes: those there are; what fits none of them is counted in a row of its own.
  package init(routes: [Row]) {
    rows = routes + [Row(method: "other", pattern: "none")]
    places = Dictionary(zip(rows, rows.indices), uniquingKeysWith: { first, _ in first })
    statuses = AtomicCounts(rows.count * (Self.statuses.count + 1))
    durations = rows.map { _ in DurationHistogram(bounds: Self.bounds) }
  }

  /// Counts a request.
  ///
  /// - Parameters:
  ///   - pattern: the route's; nil where there was none.
  ///   - took: from the head of the request to that of its answer.
  package func note(method: String, pattern: String?, status: Int, took: Duration) {
    let wanted = pattern.map { Row(method: method == "HEAD" ? "GET" : method, pattern: $0) }
    let row = wanted.flatMap { places[$0] } ?? rows.count - 1
    let column = Self.statuses.firstIndex(of: status) ?? Self.statuses.count
    statuses.add(1, at: row * (Self.statuses.count + 1) + column)
    durations[row].record(took)
  }

  func write(to text: inout MetricsText) {
    text.family("luthier_http_requests_total", .counter, "Requests answered, by route, method and status.")
    for (row, route) in rows.enumerated() {
      for column in 0...Self.statuses.count {
        let count = statuses[row * (Self.statuses.count + 1) + column]
        guard count > 0 else { continue }
        let status = column < Self.statuses.count ? String(Self.statuses[column]) : Self.otherStatus
        text.sample(Self.labels(route) + [("status", status)], Double(count))
      }
    }
    text.family(
      "luthier_http_request_duration_seconds", .histogram,
      "From a request's head to its answer's head, by route and method.")
    for (row, route) in rows.enumerated() where durations[row].snapshot.count > 0 {
      text.histogram(Self.labels(route), durations[row])
    }
  }

  private static func labels(_ row: Row) -> [(String, String)] {
    [("route", row.pattern), ("method", row.method)]
  }
}
