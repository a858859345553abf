import Concurrency

/// Prometheus' text format, version 0.0.4, as it grows.
struct MetricsText {
  enum Kind: String { case counter, gauge, histogram }

  static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text = ""
  private var name = ""

  /// Begins a family; the samples that follow are its own.
  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func sample(_ labels: [(String, String)] = [], _ value: Double) {
    line(name, labels, Self.number(value))
  }

  /// A family of one gauge or counter.
  mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    family(name, kind, help)
    sample([], value)
  }

  mutating func histogram(_ labels: [(String, String)] = [], _ histogram: DurationHistogram) {
    let (cumulative, count, seconds) = histogram.snapshot
    for (bound, amount) in zip(histogram.bounds, cumulative) {
      line("\(name)_bucket", labels + [("le", Self.number(bound))], String(amount))
    }
    line("\(name)_bucket", labels + [("le", "+Inf")], String(count))
    line("\(name)_sum", labels, Self.number(seconds))
    line("\(name)_count", labels, String(count))
  }

  private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    var out = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// Whole numbers without a point.
  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }
}
