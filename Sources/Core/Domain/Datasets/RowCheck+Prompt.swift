/// Rows of a question and an answer: alpaca, its preference form, KTO over it, and plain text.
extension RowCheck {
  func checkPrompt(_ row: JSONRow, _ findings: inout [RowFinding]) {
    if let prompt {
      textProblem(row, row.member(prompt), "`\(prompt.text)`", missing: .notice, &findings)
    }
    if shape.format == .pretraining { return }
    if let input = row.member(.input), row.kind(input) != .string, row.kind(input) != .null {
      textProblem(row, input, "`input`", missing: .notice, &findings)
    }
    checkHistory(row, &findings)
    if shape.format == .alpacaPreference {
      for column in [chosen, rejected] {
        if let column {
          textProblem(row, row.member(column), "`\(column.text)`", missing: .dropped, &findings)
        }
      }
    } else if let response {
      let value = row.member(response)
      textProblem(row, value, "`\(response.text)`", missing: .dropped, &findings)
      if let value, row.isEmptyText(value) {
        findings.append(
          RowFinding(
            "empty_text", .notice, at: value, "The row's `\(response.text)` is empty.",
            hint: "The model learns to say nothing here: remove the row if that is not meant."))
      }
    }
  }

  private func checkHistory(_ row: JSONRow, _ findings: inout [RowFinding]) {
    guard let history = row.member(.history), row.kind(history) != .null else { return }
    func complain(_ value: JSONRow.Value, _ severity: DatasetProblem.Severity = .fatal) {
      findings.append(
        RowFinding(
          "bad_history", severity, at: value, "The row's `history` is not a list of pairs of texts.",
          hint: #"Write it as [["question", "answer"], …]."#))
    }
    // Anything but a list is passed over by the trainer.
    guard row.kind(history) == .array else { return complain(history, .notice) }
    for pair in row.elements(of: history) {
      let texts = row.elements(of: pair)
      if row.kind(pair) != .array || texts.count != 2 || texts.contains(where: { row.kind($0) != .string }) {
        return complain(pair)
      }
    }
  }
}
