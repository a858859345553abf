import Contract

/// How long the rows of a dataset are, as bars of signs.
enum LengthText {
  private static let widest = 40

  static func show(_ lengths: DatasetLengthsReply, _ printer: Printer) {
    printer.line("")
    printer.line("Tokens of a row (an estimate, without those of the template):", .heading)
    let bars = bars(of: lengths.tokens)
    let most = bars.map(\.rows).max() ?? 1
    var table = Table(">TOKENS", ">ROWS", "")
    for bar in bars {
      let length = bar.rows == 0 ? 0 : max(1, bar.rows * widest / most)
      table.add(
        Table.Cell(bar.below - bar.from == 1 ? "\(bar.from)" : "\(bar.from)-\(bar.below - 1)"),
        Table.Cell("\(bar.rows)"), Table.Cell(String(repeating: "#", count: length)))
    }
    printer.show(table)
    printer.line("tokens:     \(summary(lengths.tokens))")
    printer.line("characters: \(summary(lengths.characters))")
  }

  private static func summary(_ length: LengthReply) -> String {
    "half of the rows up to \(length.p50), 90% up to \(length.p90), 99% up to \(length.p99), longest \(length.maximum)"
  }

  /// One bar for every doubling, from the first with rows to the last.
  static func bars(of length: LengthReply) -> [LengthReply.Bin] {
    guard let first = length.bins.first, let last = length.bins.last else { return [] }
    var bars: [LengthReply.Bin] = []
    var from = 0
    var below = 2
    while from < last.below {
      let rows = length.bins.reduce(0) { $0 + ($1.from >= from && $1.from < below ? $1.rows : 0) }
      if below > first.from { bars.append(.init(from: from, below: below, rows: rows)) }
      (from, below) = (below, below * 2)
    }
    return bars
  }
}
