import CYAML

/// Reads one YAML document, by libyaml.
///
/// Anchors, aliases and tags are refused: a few lines of them can stand for a document larger than any memory.
package struct YAMLReader {
  /// Lists and mappings within each other.
  static let depthLimit = 32
  static let nodeLimit = 20_000

  /// Throws where the text is no YAML, holds more than one document, or any of what is refused.
  package static func read(_ text: String) throws(YAMLError) -> YAMLNode {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else {
      throw YAMLError(line: 1, message: "There is no memory to read it.")
    }
    defer { yaml_parser_delete(parser) }
    let bytes = Array(text.utf8)
    // The parser looks into the bytes as long as it reads.
    return try bytes.withUnsafeBufferPointer { buffer throws(YAMLError) in
      yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      var reading = Reading(parser: parser)
      return try reading.document()
    }
  }
}

/// One pass over a parser's events.
private struct Reading {
  let parser: UnsafeMutablePointer<yaml_parser_t>
  var nodes = 0

  /// What an event says, copied out of the parser's memory.
  private struct Event {
    enum Kind {
      case start, documentStart, documentEnd, end, alias
      case scalar(String, isPlain: Bool)
      case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    let kind: Kind
    let line: Int
    /// It bears an anchor or a tag.
    let isMarked: Bool
  }

  mutating func document() throws(YAMLError) -> YAMLNode {
    _ = try next()
    guard case .documentStart = try next().kind else {
      throw YAMLError(line: 1, message: "There is nothing in it.")
    }
    let root = try node(try next(), depth: 0)
    _ = try next()
    let after = try next()
    guard case .end = after.kind else {
      throw YAMLError(line: after.line, message: "A second document begins here.")
    }
    return root
  }

  private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
    nodes += 1
    guard nodes <= YAMLReader.nodeLimit, depth < YAMLReader.depthLimit else {
      throw YAMLError(line: event.line, message: "There is too much in it, or too deep within each other.")
    }
    if event.isMarked {
      throw YAMLError(line: event.line, message: "Anchors, aliases and tags (&, *, !) are not taken here.")
    }
    switch event.kind {
    case .scalar(let text, let isPlain):
      return YAMLNode(content: .scalar(YAMLScalar(text, isPlain: isPlain)), line: event.line)
    case .sequenceStart:
      var items: [YAMLNode] = []
      while true {
        let item = try next()
        if case .sequenceEnd = item.kind { break }
        items.append(try node(item, depth: depth + 1))
      }
      return YAMLNode(content: .sequence(items), line: event.line)
    case .mappingStart:
      var entries: [YAMLNode.Entry] = []
      while true {
        let key = try next()
        if case .mappingEnd = key.kind { break }
        guard case .scalar(let name, _) = key.kind, !key.isMarked else {
          throw YAMLError(line: key.line, message: "A key is a plain word here.")
        }
        entries.append(.init(key: name, line: key.line, value: try node(try next(), depth: depth + 1)))
      }
      return YAMLNode(content: .mapping(entries), line: event.line)
    case .alias:
      throw YAMLError(line: event.line, message: "Anchors, aliases and tags (&, *, !) are not taken here.")
    default:
      throw YAMLError(line: event.line, message: "A value is expected here.")
    }
  }

  private mutating func next() throws(YAMLError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
    defer { yaml_event_delete(&event) }
    let line = Int(event.start_mark.line) + 1
    func made(_ kind: Event.Kind, _ marks: UnsafeMutablePointer<yaml_char_t>?...) -> Event {
      Event(kind: kind, line: line, isMarked: marks.contains { $0 != nil })
    }
    switch event.type {
    case YAML_STREAM_START_EVENT: return made(.start)
    case YAML_DOCUMENT_START_EVENT: return made(.documentStart)
    case YAML_DOCUMENT_END_EVENT: return made(.documentEnd)
    case YAML_SEQUENCE_START_EVENT:
      return made(.sequenceStart, event.data.sequence_start.anchor, event.data.sequence_start.tag)
    case YAML_SEQUENCE_END_EVENT: return made(.sequenceEnd)
    case YAML_MAPPING_START_EVENT:
      return made(.mappingStart, event.data.mapping_start.anchor, event.data.mapping_start.tag)
    case YAML_MAPPING_END_EVENT: return made(.mappingEnd)
    case YAML_ALIAS_EVENT: return made(.alias)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return made(
        .scalar(String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
        scalar.anchor, scalar.tag)
    default: return made(.end)
    }
  }

  private func fault() -> YAMLError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be read"
    let line = Int(parser.pointee.problem_mark.line) + 1
    return YAMLError(line: max(1, line), message: "This is no YAML: \(problem).")
  }
}
