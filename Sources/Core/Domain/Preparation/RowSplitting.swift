/// Which part of a split a row goes to, by what it says: rows that say the same go the same way, and a second run
/// makes the same parts.
///
/// Up to a million rows the shares are met exactly, as far as rows that stay together let them; of more rows nothing
/// is held, and chance meets them to a thousandth.
struct RowSplitting: Sendable {
  /// Numbers a split's parts: train, eval, test.
  struct Cuts: Sendable {
    /// Hashes below it are for evaluation.
    var eval: UInt64
    /// Those between are for the test; the others are trained on.
    var test: UInt64
  }

  let needsSurvey: Bool
  private let split: PreparationPlan.Split
  private let stratify: JSONRow.Name?
  private let group: JSONRow.Name?
  private var hashes: [UInt64: [UInt64]] = [:]
  private var cuts: [UInt64: Cuts] = [:]
  private let common: Cuts

  static let exactRows = 1_000_000
  private static let mostStrata = 1_000

  init(_ split: PreparationPlan.Split, rows: Int, exactRows: Int = Self.exactRows) {
    self.split = split
    stratify = split.stratify.map { .init($0) }
    group = split.group.map { .init($0) }
    needsSurvey = rows <= exactRows
    func cut(_ share: Double) -> UInt64 {
      share <= 0 ? 0 : share >= 1 ? .max : UInt64(share * 18_446_744_073_709_551_615.0)
    }
    common = Cuts(eval: cut(split.eval ?? 0), test: cut((split.eval ?? 0) + (split.test ?? 0)))
  }

  /// What a row is put in its place by.
  private func hash(_ row: SourceRow) -> UInt64 {
    let said = group.flatMap { RowHash.of(row, column: $0) } ?? RowHash.of(row)
    return RowHash.key(said, seed: split.seed ?? 42)
  }

  private func stratum(_ row: SourceRow) -> UInt64 {
    stratify.flatMap { RowHash.of(row, column: $0) } ?? 0
  }

  /// Throws `invalid_input` where the column to stratify by has too many values.
  mutating func survey(_ row: SourceRow) throws(DomainError) {
    hashes[stratum(row), default: []].append(hash(row))
    guard hashes.count <= Self.mostStrata else {
      throw .invalid(
        "The column \"\(split.stratify ?? "")\" has more than \(Self.mostStrata) values.",
        hint: "Stratify by a column with few values, such as a label.")
    }
  }

  mutating func endSurvey() {
    var owed = (eval: 0.0, test: 0.0)
    for (stratum, unsorted) in hashes.sorted(by: { $0.key < $1.key }) {
      let sorted = unsorted.sorted()
      // What rounding took from one stratum the next one gets.
      owed.eval += Double(sorted.count) * (split.eval ?? 0)
      owed.test += Double(sorted.count) * (split.test ?? 0)
      let eval = min(Int(owed.eval.rounded()), sorted.count)
      let first = Self.boundary(eval, in: sorted)
      owed.eval -= Double(first)
      let test = min(first + Int(owed.test.rounded()), sorted.count)
      let second = max(first, Self.boundary(test, in: sorted))
      owed.test -= Double(second - first)
      cuts[stratum] = Cuts(eval: Self.cut(first, in: sorted), test: Self.cut(second, in: sorted))
    }
    hashes = [:]
  }

  /// The place next to `wanted` at which no two equal hashes are parted.
  private static func boundary(_ wanted: Int, in sorted: [UInt64]) -> Int {
    guard wanted > 0, wanted < sorted.count, sorted[wanted - 1] == sorted[wanted] else { return wanted }
    let value = sorted[wanted]
    var (low, high) = (wanted, wanted)
    while low > 0, sorted[low - 1] == value { low -= 1 }
    while high < sorted.count, sorted[high] == value { high += 1 }
    if low == 0 { return high == sorted.count ? 0 : high }
    return wanted - low <= high - wanted ? low : high
  }

  private static func cut(_ place: Int, in sorted: [UInt64]) -> UInt64 {
    place < sorted.count ? sorted[place] : place == 0 ? 0 : .max
  }

  /// 0 to train on, 1 for evaluation, 2 for the test.
  func part(of row: SourceRow) -> Int {
    let cuts = cuts[stratum(row)] ?? common
    let hash = hash(row)
    return hash < cuts.eval ? 1 : hash < cuts.test ? 2 : 0
  }
}
