extension PipelineCheck {
  /// A field's value, where it is right.
  mutating func value(
    _ node: PipelineNode, _ form: PipelineField.Form, at path: String, uses: inout [Use]
  ) -> ArgumentValue? {
    switch form {
    case .text(let length):
      guard let text = running(node, length, at: path) else { return nil }
      guard let read = read(text, node, at: path) else { return nil }
      uses += read.references.map { Use(reference: $0, form: nil, path: path, line: node.line) }
      return .string(text)
    case .name(let length): return name(node, length, at: path).map(ArgumentValue.string)
    case .integer(let range):
      guard case .integer(let number) = node.content, range.contains(number) else {
        report(
          path, node.line, "A whole number from \(range.lowerBound) to \(range.upperBound) is needed here.")
        return nil
      }
      return .integer(number)
    case .positive(let most):
      guard let number = node.argument.asNumber, number > 0, number <= most else {
        report(path, node.line, "A number of more than 0 and at most \(Int(most)) is needed here.")
        return nil
      }
      return .number(number)
    case .share:
      guard let number = node.argument.asNumber, (0...1).contains(number) else {
        report(path, node.line, "A number from 0 to 1 is needed here.")
        return nil
      }
      return .number(number)
    case .integers:
      guard case .list(let items) = node.content, (1...64).contains(items.count) else {
        report(path, node.line, "A list of whole numbers is needed here, such as [0, 1].")
        return nil
      }
      var numbers: [ArgumentValue] = []
      for item in items {
        guard case .integer(let number) = item.content, (0...1023).contains(number) else {
          report(path, item.line, "A list of whole numbers is needed here, such as [0, 1].")
          return nil
        }
        numbers.append(.integer(number))
      }
      return .list(numbers)
    case .thing(let form): return thing(node, form, at: path, uses: &uses)
    case .things(let form):
      guard case .list(let items) = node.content else { return thing(node, form, at: path, uses: &uses) }
      guard (1...50).contains(items.count) else {
        report(path, node.line, "One to fifty of them are needed here.")
        return nil
      }
      let found = items.enumerated().map { thing($1, form, at: "\(path)[\($0)]", uses: &uses) }
      return found.contains(nil) ? nil : .list(found.compactMap(\.self))
    case .arguments:
      guard case .members(let members) = node.content else {
        report(path, node.line, "A mapping of the trainer's arguments is needed here, such as lora_rank: 8.")
        return nil
      }
      do {
        _ = try TrainingArguments(
          Dictionary(members.map { ($0.key, $0.value.argument) }) { _, last in last })
      } catch {
        report(path, node.line, error.message, hint: error.hint)
        return nil
      }
      return node.argument
    case .operation:
      guard case .members = node.content else {
        report(path, node.line, "A mapping is needed here, not \(node.typeName).")
        return nil
      }
      return node.argument
    case .address: return address(node, at: path)
    }
  }

  private mutating func thing(
    _ node: PipelineNode, _ form: PipelineOutput.Form, at path: String, uses: inout [Use]
  ) -> ArgumentValue? {
    guard let text = name(node, 1...1024, at: path) else { return nil }
    guard let read = read(text, node, at: path) else { return nil }
    if read.references.isEmpty { return .string(text) }
    guard let whole = read.whole else {
      report(
        path, node.line, "A reference stands here by itself, with nothing around it.",
        hint: "Write \(read.references[0].text) alone.")
      return nil
    }
    uses.append(Use(reference: whole, form: form, path: path, line: node.line))
    return .string(text)
  }

  private mutating func read(_ text: String, _ node: PipelineNode, at path: String) -> PipelineText? {
    do throws(DomainError) {
      return try PipelineText(text)
    } catch {
      report(path, node.line, error.message, hint: error.hint)
      return nil
    }
  }

  private mutating func address(_ node: PipelineNode, at path: String) -> ArgumentValue? {
    guard let text = name(node, 1...2048, at: path) else { return nil }
    do throws(DomainError) {
      _ = try WebhookURL(text)
      return .string(text)
    } catch {
      report(path, node.line, error.message, hint: error.hint)
      return nil
    }
  }

  /// One line of printable text.
  mutating func name(_ node: PipelineNode, _ length: ClosedRange<Int>, at path: String) -> String? {
    guard case .text(let text) = node.content else {
      report(path, node.line, "A text is needed here, not \(node.typeName).", hint: "Put it in quotes.")
      return nil
    }
    let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
    guard length.contains(text.count), isPrintable else {
      report(
        path, node.line,
        "\(length.lowerBound) to \(length.upperBound) printable characters on one line are needed here.")
      return nil
    }
    return text
  }

  /// A text of one line or several.
  mutating func running(_ node: PipelineNode, _ length: ClosedRange<Int>, at path: String) -> String? {
    guard case .text(let text) = node.content else {
      report(path, node.line, "A text is needed here, not \(node.typeName).", hint: "Put it in quotes.")
      return nil
    }
    guard length.contains(text.count), !text.unicodeScalars.contains("\0") else {
      report(path, node.line, "\(length.lowerBound) to \(length.upperBound) characters are needed here.")
      return nil
    }
    return text
  }

  /// 1 to 40 letters, digits, hyphens and underlines, a letter first.
  mutating func identifier(_ node: PipelineNode, at path: String) -> String? {
    guard case .text(let text) = node.content, (1...40).contains(text.utf8.count),
      text.first?.isLetter == true,
      text.utf8.allSatisfy({ byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      })
    else {
      report(
        path, node.line,
        "An id has 1 to 40 letters, digits, hyphens and underlines, and begins with a letter.")
      return nil
    }
    return text
  }

  /// One name of a step, or a list of them.
  mutating func names(_ node: PipelineNode, at path: String) -> [(text: String, line: Int)] {
    let items: [PipelineNode]
    if case .list(let list) = node.content { items = list } else { items = [node] }
    return items.compactMap { item in identifier(item, at: path).map { ($0, item.line) } }
  }
}
