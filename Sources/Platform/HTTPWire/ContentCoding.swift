/// A form in which a body can be sent (RFC 9110 section 8.4).
package enum ContentCoding: String, Sendable, CaseIterable {
  case brotli = "br"
  case gzip
  case identity

  /// The best of `offered` that an Accept-Encoding takes: the one with the highest weight, of equals the first.
  ///
  /// Without such a field, and where nothing on offer is taken, it is `identity`.
  package static func preferred(_ accepted: String?, of offered: [ContentCoding]) -> ContentCoding {
    guard let accepted else { return .identity }
    var weights: [String: Int] = [:]
    for part in accepted.utf8.count <= 1024 ? accepted.split(separator: ",") : [] {
      let words = part.split(separator: ";").map { $0.trimmingBlanks.lowercased() }
      guard let name = words.first, !name.isEmpty else { continue }
      weights[name] = words.dropFirst().first { $0.hasPrefix("q=") }.map { weight($0.dropFirst(2)) } ?? 1000
    }
    var best = ContentCoding.identity
    var bestWeight = 0
    for coding in offered {
      let weight = weights[coding.rawValue] ?? weights["*"] ?? 0
      if weight > bestWeight { (best, bestWeight) = (coding, weight) }
    }
    return best
  }

  /// A weight in thousandths; what is none counts as 0.
  private static func weight(_ text: Substring) -> Int {
    guard let value = Double(text), (0...1).contains(value) else { return 0 }
    return Int(value * 1000)
  }
}

extension Substring {
  fileprivate var trimmingBlanks: Substring {
    let start = drop { $0 == " " || $0 == "\t" }
    guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return start[...last]
  }
}
