/// What handlers noted, in order.
actor HandlerLog {
  private(set) var entries: [String] = []

  func note(_ entry: String) { entries.append(entry) }
}

extension String {
  /// How often `part` occurs.
  func components(of part: String) -> Int {
    split(separator: part, omittingEmptySubsequences: false).count - 1
  }
}
