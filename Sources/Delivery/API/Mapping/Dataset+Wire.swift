import Contract
import Domain

extension DatasetReport {
  /// Nil where nothing was counted.
  var lengthsWire: DatasetLengthsReply? {
    guard let characters = lengths.wire, let tokens = tokens?.wire else { return nil }
    return DatasetLengthsReply(characters: characters, tokens: tokens)
  }
}

extension LengthStatistics {
  var wire: LengthReply? {
    guard let p90, let p99, let bins, !bins.isEmpty else { return nil }
    return LengthReply(
      minimum: minimum, p50: median, p90: p90, p99: p99, maximum: maximum, total: total,
      bins: bins.map { .init(from: $0.from, below: $0.below, rows: $0.rows) })
  }
}
