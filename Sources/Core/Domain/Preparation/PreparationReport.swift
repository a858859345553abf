/// What a preparation did, or would do.
package struct PreparationReport: Sendable, Equatable {
  package struct Part: Sendable, Equatable {
    /// Of a split `train`, `eval` or `test`; else nil.
    package let name: String?
    /// What its dataset is called.
    package let filename: String
    package var rows: Int
  }

  /// Rows that were left out, or changed, for one reason.
  package struct Reason: Sendable, Equatable {
    package enum Kind: String, Sendable {
      /// The rows are not in what comes out.
      case dropped
      /// The rows lose something.
      case lost
      /// The rows are written otherwise, and the model learns the same from them.
      case changed
    }

    /// A stable word, such as `duplicate`.
    package let code: String
    package let kind: Kind
    package let message: String
    package var rows: Int
    /// The first of them.
    package var examples: [Example]
  }

  package struct Example: Sendable, Equatable {
    /// 1 for the first row.
    package let row: Int
    package let line: Int
    /// The row's beginning.
    package let text: String
  }

  package var rowsRead = 0
  package var parts: [Part] = []
  package var reasons: [Reason] = []

  static let examples = 3

  /// Throws what ends a preparation that would come out like this: `conflict` where something would be lost that may
  /// not be, and `invalid_input` where a part would have no row.
  package func check(_ plan: PreparationPlan) throws(DomainError) {
    if let convert = plan.convert { try checkLoss(isAllowed: convert.allowLoss == true) }
    if let empty = parts.first(where: { $0.rows == 0 }) {
      throw .invalid(
        empty.name.map { "No row would be in the part \"\($0)\"." } ?? "No row would be left.",
        hint: "Nothing was changed. A dry run shows which rows go, and why.")
    }
  }

  private func checkLoss(isAllowed: Bool) throws(DomainError) {
    let lost = reasons.filter { $0.kind != .changed }
    guard !isAllowed, !lost.isEmpty else { return }
    let told = lost.prefix(3).map { reason in
      "\(reason.rows) \(reason.rows == 1 ? "row" : "rows"), such as row \(reason.examples.first?.row ?? 0) "
        + "in line \(reason.examples.first?.line ?? 0): \(reason.message)"
    }
    throw .conflict(
      "Something would be lost. " + told.joined(separator: " "),
      hint: "Allow it (allow_loss, --allow-loss), or mend these rows first.")
  }

  mutating func note(_ code: String, _ kind: Reason.Kind, _ message: String, _ row: SourceRow) {
    let place = reasons.firstIndex { $0.code == code && $0.kind == kind }
    if let place {
      reasons[place].rows += 1
      if reasons[place].examples.count >= Self.examples { return }
    }
    let example = Example(row: row.number, line: row.line, text: row.excerpt)
    if let place {
      reasons[place].examples.append(example)
    } else {
      reasons.append(Reason(code: code, kind: kind, message: message, rows: 1, examples: [example]))
    }
  }
}
