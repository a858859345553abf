/// Texts that the trainer reads as JSON: descriptions of tools, and calls of them.
extension RowCheck {
  /// The `tools` column: a list of objects as a text, or an empty text.
  func checkTools(_ row: JSONRow, _ value: JSONRow.Value, _ findings: inout [RowFinding]) {
    if row.isEmptyText(value) { return }
    let isList = Self.withJSON(row.text(value)) { tools in
      tools.kind(0) == .array && tools.elements(of: 0).allSatisfy { tools.kind($0) == .object }
    }
    if isList == true { return }
    findings.append(
      RowFinding(
        "bad_tools", .fatal, at: value, "The row's `tools` are not a JSON list of descriptions.",
        hint:
          #"Write them as a text that holds JSON: "[{\"name\": …, \"description\": …, \"parameters\": …}]"."#)
    )
  }

  /// What a `function_call` turn says: one call or a list of them, as JSON with `name` and `arguments`.
  func checkCall(_ row: JSONRow, _ value: JSONRow.Value, _ findings: inout [RowFinding]) {
    let text = row.text(value)
    // Thoughts before a call are taken out by the model's template, which is not known here.
    if text.contains("<") { return }
    let isCall = Self.withJSON(text) { call in
      let calls = call.kind(0) == .array ? call.elements(of: 0) : [0]
      return calls.allSatisfy {
        call.member("name", of: $0) != nil && call.member("arguments", of: $0) != nil
      }
    }
    if isCall == true { return }
    findings.append(
      RowFinding(
        "bad_function_call", .fatal, at: value, "What `\(function.text)` says is not a call as JSON.",
        hint: #"Write it as a text that holds JSON: "{\"name\": …, \"arguments\": {…}}"."#))
  }

  /// Lends the parsed text; nil where it is not JSON.
  private static func withJSON<Result>(_ text: String, _ body: (JSONRow) -> Result) -> Result? {
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      var parser = JSONRowParser(limits: .standard)
      guard case .value(let end) = parser.parse(bytes, from: 0, isFinal: true, endsAtNewline: false),
        bytes[end...].allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) })
      else { return nil }
      return body(JSONRow(bytes: bytes, tokens: parser.tokens))
    }
  }
}
