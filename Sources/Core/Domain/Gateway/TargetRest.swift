/// A name for several model servers.
package struct ModelAlias: Sendable, Equatable {
  /// A preset and its share of the requests.
  package struct Target: Sendable, Equatable {
    package let preset: String
    /// 1 or more.
    package let weight: Int

    package init(preset: String, weight: Int) {
      self.preset = preset
      self.weight = weight
    }
  }

  package let id: String
  package let name: String
  package let targets: [Target]
  /// Presets that are asked in this order when no target answers.
  package let fallbacks: [String]

  package init(id: String, name: String, targets: [Target], fallbacks: [String]) {
    self.id = id
    self.name = name
    self.targets = targets
    self.fallbacks = fallbacks
  }
}

/// Which of several targets is asked first, and which rests because it failed.
///
/// | event | effect |
/// |---|---|
/// | failed | rests 1, 2, 4 … at most 60 seconds, or as long as it asks for |
/// | answered | does not rest, and its failures are forgotten |
package struct TargetRest: Sendable, Equatable {
  private struct Failures: Sendable, Equatable {
    var count: Int
    var until: Timestamp
  }

  private static let longest = 60.0
  private var failing: [String: Failures] = [:]

  package init() {}

  /// Every target of an alias once, in the order in which they are to be tried: those that rest come last.
  ///
  /// - Parameter draw: gives a number of a range, for the shares of the targets.
  package func order(
    _ alias: ModelAlias, at now: Timestamp, draw: (Range<Int>) -> Int
  ) -> [String] {
    var left = alias.targets
    var order: [String] = []
    while !left.isEmpty {
      var place = draw(0..<left.reduce(0) { $0 + max(1, $1.weight) })
      let index = left.firstIndex { target in
        place -= max(1, target.weight)
        return place < 0
      }
      order.append(left.remove(at: index ?? 0).preset)
    }
    for fallback in alias.fallbacks where !order.contains(fallback) { order.append(fallback) }
    let resting = order.filter { isResting($0, at: now) }
      .sorted { (failing[$0]?.until ?? now) < (failing[$1]?.until ?? now) }
    return order.filter { !isResting($0, at: now) } + resting
  }

  package func isResting(_ target: String, at now: Timestamp) -> Bool {
    failing[target].map { $0.until > now } ?? false
  }

  /// - Parameter retryAfter: seconds the target asked for.
  package mutating func failed(_ target: String, at now: Timestamp, retryAfter: Int? = nil) {
    let count = min((failing[target]?.count ?? 0) + 1, 7)
    let seconds = min(max(Double(1 << (count - 1)), Double(retryAfter ?? 0)), Self.longest)
    failing[target] = Failures(count: count, until: now.adding(seconds: seconds))
  }

  package mutating func answered(_ target: String) { failing[target] = nil }
}
