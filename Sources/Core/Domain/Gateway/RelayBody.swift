/// What of OpenAI's API is relayed.
package enum RelayRoute: String, Sendable, CaseIterable {
  case chat = "/chat/completions"
  case completions = "/completions"
  case embeddings = "/embeddings"
}

/// A request on its way to an engine: its bytes as they came, and what the relay must know of them.
///
/// Only `model` is written anew, and what is asked for beside it is in `Changes`.
package struct RelayBody: Sendable {
  /// What a backend needs otherwise than the caller wrote it.
  package struct Changes: Sendable, Equatable {
    /// The engine's own name of the model.
    package let model: String
    /// Asks for the tokens used at the end of the stream.
    package let asksForUsage: Bool
    /// Fields the engine stumbles over; they become null.
    package let emptied: [String]

    package init(model: String, asksForUsage: Bool = false, emptied: [String] = []) {
      self.model = model
      self.asksForUsage = asksForUsage
      self.emptied = emptied
    }
  }

  package let route: RelayRoute
  package let model: String
  package let streams: Bool
  /// The caller asks for the tokens used itself.
  package let wantsUsage: Bool
  /// Tokens of what is sent, estimated.
  package let promptTokens: Int
  package let bytes: [UInt8]
  /// There is a field that is for this server and not for a backend.
  let hasOwnField: Bool
  private let modelSpan: Range<Int>
  private let optionsSpan: Range<Int>?

  /// Throws `invalid_input` for what is no JSON object with a `model` and, for a chat, a list of `messages`.
  package init(_ bytes: [UInt8], for route: RelayRoute) throws(DomainError) {
    self.route = route
    self.bytes = bytes
    let found: Result<Found, DomainError> = bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONRowParser(limits: DatasetLimits())
      guard case .value(let end) = parser.parse(buffer, from: 0, isFinal: true, endsAtNewline: false),
        buffer[end...].allSatisfy({ $0 == 32 || (9...13).contains($0) })
      else { return .failure(.invalid("The body is not JSON.", hint: "Send one JSON object in UTF-8.")) }
      let row = JSONRow(bytes: buffer, tokens: parser.tokens)
      do throws(DomainError) { return .success(try Found(row, route)) } catch { return .failure(error) }
    }
    let facts = try found.get()
    model = facts.model
    modelSpan = facts.modelSpan
    streams = facts.streams
    wantsUsage = facts.wantsUsage
    promptTokens = facts.promptTokens
    optionsSpan = facts.optionsSpan
    hasOwnField = facts.hasOwnField
  }

  /// The bytes for a backend.
  package func bytes(with changes: Changes) -> [UInt8] {
    var edits = [ByteEdit(range: modelSpan, bytes: JSONText.quoted(changes.model))]
    if changes.asksForUsage, streams, !wantsUsage { edits += usageEdits() }
    if !changes.emptied.isEmpty, let members = JSONMembers(bytes) {
      for member in members.members
      where changes.emptied.contains(String(decoding: bytes[member.key], as: UTF8.self)) {
        edits.append(ByteEdit(range: member.value, bytes: Array("null".utf8)))
      }
    }
    return ByteEdit.apply(edits, to: bytes)
  }

  private func usageEdits() -> [ByteEdit] {
    let wanted = Array("{\"include_usage\":true}".utf8)
    guard let optionsSpan else {
      guard let brace = bytes.firstIndex(of: UInt8(ascii: "{")) else { return [] }
      let member = Array("\"stream_options\":".utf8) + wanted + Array(",".utf8)
      return [ByteEdit(range: brace + 1..<brace + 1, bytes: member)]
    }
    guard let options = JSONMembers(bytes, in: optionsSpan) else {
      // Null is as good as nothing; whatever else it is, the engine shall refuse.
      let isNull = bytes[optionsSpan].elementsEqual("null".utf8)
      return isNull ? [ByteEdit(range: optionsSpan, bytes: wanted)] : []
    }
    if let old = options.value("include_usage", in: bytes) {
      return [ByteEdit(range: old, bytes: Array("true".utf8))]
    }
    let begin = optionsSpan.lowerBound + 1
    let rest = options.members.isEmpty ? "" : ","
    return [ByteEdit(range: begin..<begin, bytes: Array("\"include_usage\":true\(rest)".utf8))]
  }
}

extension RelayBody {
  /// What is read of a body.
  private struct Found {
    let model: String
    let modelSpan: Range<Int>
    let streams: Bool
    let wantsUsage: Bool
    let promptTokens: Int
    let optionsSpan: Range<Int>?
    let hasOwnField: Bool

    init(_ row: JSONRow, _ route: RelayRoute) throws(DomainError) {
      guard row.kind(0) == .object else { throw .invalid("The body must be a JSON object.") }
      let known: [JSONRow.Name] = [
        "model", "messages", "stream", "stream_options", "input", "prompt", "luthier",
      ]
      for name in known {
        var count = 0
        row.forEachMember { key, _ in if row.isText(key, name) { count += 1 } }
        guard count < 2 else { throw .invalid("The key \"\(name.text)\" is there twice.") }
      }
      guard let model = row.member("model"), row.kind(model) == .string, !row.isEmptyText(model) else {
        throw .invalid("\"model\" must be the name of a model.", hint: "GET /v1/models lists the names.")
      }
      self.model = row.text(model)
      modelSpan = Int(row.tokens[model].start) - 1..<Int(row.tokens[model].end) + 1
      guard self.model.utf8.count <= 1024 else { throw .invalid("\"model\" is too long.") }
      let content: JSONRow.Value?
      switch route {
      case .chat:
        content = row.member("messages")
        guard let content, row.kind(content) == .array else {
          throw .invalid("\"messages\" must be a list.", hint: "Send [{\"role\": …, \"content\": …}, …].")
        }
      case .completions: content = row.member("prompt")
      case .embeddings:
        content = row.member("input")
        guard content != nil else { throw .invalid("\"input\" is missing.", hint: "Add a text.") }
      }
      promptTokens = content.map { Self.tokens(row, $0) } ?? 0
      streams = route != .embeddings ? try Self.flag(row, row.member("stream"), "stream") : false
      hasOwnField = route == .chat && row.member("luthier") != nil
      let options = row.member("stream_options")
      optionsSpan = options.map { Self.span(row, $0) }
      let wants = options.flatMap { row.kind($0) == .object ? row.member("include_usage", of: $0) : nil }
      wantsUsage = wants.map { row.kind($0) == .bool && row.bytes[Int(row.tokens[$0].start)] == 116 } ?? false
    }

    private static func flag(_ row: JSONRow, _ value: JSONRow.Value?, _ name: String) throws(DomainError)
      -> Bool
    {
      guard let value, row.kind(value) != .null else { return false }
      guard row.kind(value) == .bool else { throw .invalid("\"\(name)\" must be true or false.") }
      return row.bytes[Int(row.tokens[value].start)] == UInt8(ascii: "t")
    }

    private static func span(_ row: JSONRow, _ value: JSONRow.Value) -> Range<Int> {
      let token = row.tokens[value]
      let quote = token.kind == .string ? 1 : 0
      return Int(token.start) - quote..<Int(token.end) + quote
    }

    /// Texts within a value; a number in a list is a token that the caller made itself.
    private static func tokens(_ row: JSONRow, _ value: JSONRow.Value) -> Int {
      var estimate = TokenEstimate()
      var numbers = 0
      for index in value..<Int(row.tokens[value].next) {
        switch row.kind(index) {
        case .number: numbers += 1
        case .string:
          // A picture in a text is no text.
          let text = row.text(index)
          if !text.hasPrefix("data:") { estimate.add(text) }
        default: break
        }
      }
      return estimate.tokens + numbers
    }
  }
}
