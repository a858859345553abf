/// A value of a pipeline's file, with the line it stands on: what YAML and JSON have in common.
package struct PipelineNode: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([PipelineNode])
    /// In the order of the file; doubled keys are kept, and refused by the check.
    case members([Member])
  }

  package struct Member: Sendable, Equatable {
    package let key: String
    package let line: Int
    package let value: PipelineNode

    package init(key: String, line: Int, value: PipelineNode) {
      self.key = key
      self.line = line
      self.value = value
    }
  }

  package let content: Content
  /// 1 for the first line.
  package let line: Int

  package init(_ content: Content, line: Int) {
    self.content = content
    self.line = line
  }
}

extension PipelineNode {
  /// The value's kind, as people say it.
  var typeName: String {
    switch content {
    case .null: "nothing"
    case .bool: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .members: "a mapping"
    }
  }

  /// The value as it goes into an argument.
  var argument: ArgumentValue {
    switch content {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .text(let value): .string(value)
    case .list(let items): .list(items.map(\.argument))
    case .members(let members):
      .object(Dictionary(members.map { ($0.key, $0.value.argument) }) { _, last in last })
    }
  }
}

extension PipelineNode {
  /// The value that a JSON text holds; throws with the line at fault.
  package static func json(_ text: String) throws(PipelineProblem) -> PipelineNode {
    let bytes = Array(text.utf8)
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<PipelineNode, PipelineProblem> in
      var parser = JSONRowParser(limits: DatasetLimits(depth: 32, rowValues: 20_000))
      var start = 0
      while start < buffer.count, isSpace(buffer[start]) { start += 1 }
      let lines = LineNumbers(buffer)
      switch parser.parse(buffer, from: start, isFinal: true, endsAtNewline: false) {
      case .value(let end):
        if let rest = buffer[end...].firstIndex(where: { !isSpace($0) }) {
          return .failure(
            PipelineProblem(path: "", line: lines.line(of: rest), "Something stands behind the pipeline."))
        }
        // Tokens count from the start of the value.
        let row = JSONRow(bytes: UnsafeBufferPointer(rebasing: buffer[start...]), tokens: parser.tokens)
        return .success(node(0, of: row) { lines.line(of: start + Int(row.tokens[$0].start)) })
      case .incomplete:
        return .failure(PipelineProblem(path: "", line: lines.line(of: buffer.count), "The text breaks off."))
      case .failure(let fault, let place):
        return .failure(
          PipelineProblem(path: "", line: lines.line(of: place), "This is no JSON. \(fault.message)"))
      }
    }
    return try result.get()
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

  private static func node(_ value: JSONRow.Value, of row: JSONRow, line: (JSONRow.Value) -> Int)
    -> PipelineNode
  {
    let content: Content
    switch row.kind(value) {
    case .null: content = .null
    case .bool: content = .bool(row.text(value) == "true")
    case .number:
      let text = row.text(value)
      content = Int(text).map(Content.integer) ?? .number(Double(text) ?? 0)
    case .string, .key: content = .text(row.text(value))
    case .array: content = .list(row.elements(of: value).map { node($0, of: row, line: line) })
    case .object:
      var members: [Member] = []
      row.forEachMember(of: value) { key, value in
        members.append(
          Member(key: row.text(key), line: line(key), value: node(value, of: row, line: line)))
      }
      content = .members(members)
    }
    return PipelineNode(content, line: line(value))
  }
}

/// Which line an offset lies on.
private struct LineNumbers {
  private var newlines: [Int] = []

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { newlines.append(offset) }
  }

  /// 1 for the first.
  func line(of offset: Int) -> Int {
    var (low, high) = (0, newlines.count)
    while low < high {
      let middle = (low + high) / 2
      if newlines[middle] < offset { low = middle + 1 } else { high = middle }
    }
    return low + 1
  }
}
