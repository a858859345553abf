/// Which columns of a dataset mean what, in the words of LLaMA-Factory's `dataset_info.json`.
package struct DatasetShape: Sendable, Equatable, Codable {
  package var format: DatasetFormat
  package var columns: Columns
  /// How messages say who speaks; nil where the rows hold none.
  package var tags: Tags?

  /// The names of the columns; nil where the dataset has none for the purpose.
  package struct Columns: Sendable, Equatable, Codable {
    package var prompt: String?
    package var query: String?
    package var response: String?
    package var history: String?
    package var messages: String?
    package var system: String?
    package var tools: String?
    package var chosen: String?
    package var rejected: String?
    package var ktoTag: String?

    package init() {}
  }

  package struct Tags: Sendable, Equatable, Codable {
    package var role: String
    package var content: String
    package var user: String
    package var assistant: String
    package var observation: String
    package var function: String
    package var system: String

    package static let sharegpt = Tags(
      role: "from", content: "value", user: "human", assistant: "gpt", observation: "observation",
      function: "function_call", system: "system")
    package static let openai = Tags(
      role: "role", content: "content", user: "user", assistant: "assistant", observation: "tool",
      function: "function_call", system: "system")
  }

  /// A text file.
  static let text: DatasetShape = {
    var shape = DatasetShape(format: .pretraining, columns: Columns(), tags: nil)
    shape.columns.prompt = "text"
    return shape
  }()
}

extension DatasetShape {
  /// The shape with those of the columns that rows may leave out which the file has.
  func adding(_ seen: [String]) -> DatasetShape {
    if format == .pretraining { return self }
    var shape = self
    shape.columns.system = seen.first { $0 == "system" }
    shape.columns.tools = seen.first { $0 == "tools" }
    // Conversations have neither a second question nor a history beside them.
    if columns.messages == nil {
      shape.columns.query = seen.first { $0 == "input" }
      shape.columns.history = seen.first { $0 == "history" }
    }
    return shape
  }

  /// A guess from one row, and whether it leaves no doubt.
  struct Guess {
    var shape: DatasetShape
    var isCertain: Bool
  }

  /// What a row looks like; nil where it looks like nothing known.
  static func guess(from row: JSONRow) -> Guess? {
    func has(_ names: [String], _ kinds: Set<JSONToken.Kind>) -> String? {
      names.first { name in row.member(.init(name)).map { kinds.contains(row.kind($0)) } ?? false }
    }
    var columns = Columns()
    let scalars: Set<JSONToken.Kind> = [.string, .null, .number, .bool]
    let hasPair = row.member("chosen") != nil && row.member("rejected") != nil
    if hasPair { (columns.chosen, columns.rejected) = ("chosen", "rejected") }
    columns.ktoTag = has(["kto_tag"], [.bool, .null, .number, .string]) ?? has(["label"], [.bool])

    if let messages = has(["conversations", "messages", "conversation"], [.array, .null]) {
      columns.messages = messages
      let list = row.member(.init(messages)).map { row.elements(of: $0) } ?? []
      let tags = guessTags(row, list) ?? (messages == "messages" ? .openai : .sharegpt)
      let format: DatasetFormat =
        hasPair
        ? .sharegptPreference
        : columns.ktoTag != nil ? .kto : tags.role == "role" ? .openaiMessages : .sharegpt
      return Guess(
        shape: DatasetShape(format: format, columns: columns, tags: tags),
        isCertain: guessTags(row, list) != nil)
    }

    columns.prompt = has(["instruction", "prompt", "question"], scalars)
    if hasPair {
      return columns.prompt.map { _ in
        Guess(shape: DatasetShape(format: .alpacaPreference, columns: columns, tags: nil), isCertain: true)
      }
    }
    columns.response = has(["output", "response", "answer", "completion"], scalars)
    if columns.prompt == nil, columns.response == nil, has(["text"], scalars) != nil {
      return Guess(shape: .text, isCertain: true)
    }
    guard columns.prompt != nil || columns.response != nil else { return nil }
    let isCertain = columns.prompt != nil && columns.response != nil
    columns.prompt = columns.prompt ?? "instruction"
    columns.response = columns.response ?? "output"
    return Guess(
      shape: DatasetShape(format: columns.ktoTag == nil ? .alpaca : .kto, columns: columns, tags: nil),
      isCertain: isCertain)
  }

  private static func guessTags(_ row: JSONRow, _ messages: [JSONRow.Value]) -> Tags? {
    for (key, base) in [("from", Tags.sharegpt), ("role", Tags.openai)] as [(JSONRow.Name, Tags)] {
      let roles = messages.compactMap { row.member(key, of: $0) }.filter { row.kind($0) == .string }
        .map { row.text($0) }
      guard !roles.isEmpty else { continue }
      var tags = base
      tags.content =
        [tags.content, "content", "value", "text"].first { name in
          messages.contains { row.member(.init(name), of: $0) != nil }
        } ?? tags.content
      tags.user = [tags.user, "user", "human"].first(where: roles.contains) ?? tags.user
      tags.assistant =
        [tags.assistant, "assistant", "gpt", "bot", "model"].first(where: roles.contains) ?? tags.assistant
      return tags
    }
    return nil
  }
}
