/// Makes rows of one format and file into those of another.
struct RowConversion: Sendable {
  private let reader: ExampleReader?
  private let writer: ExampleWriter?
  private let toText: Bool

  /// Throws `invalid_input` where the format was not recognised, or plain text is to become questions and answers.
  init(
    _ convert: PreparationPlan.Convert, shape: DatasetShape?, from source: DatasetContainer,
    to target: DatasetContainer
  ) throws(DomainError) {
    toText = target == .text
    let layout = convert.format ?? (target == .text ? .pretraining : nil)
    guard let layout else {
      (reader, writer) = (nil, nil)
      return
    }
    guard let shape else {
      throw .invalid(
        "The dataset's format was not recognised, so its rows cannot be written in another one.",
        hint: "See luthier dataset show for what is wrong with it.")
    }
    if shape.format == .pretraining {
      guard layout == .pretraining else {
        throw .invalid(
          "Plain text holds no questions and answers.",
          hint: "It can be written as jsonl, json_array or text.")
      }
      (reader, writer) = (nil, nil)
    } else {
      reader = ExampleReader(shape)
      writer = ExampleWriter(layout: layout)
    }
  }

  /// What becomes of a row; nil where it is left out.
  func convert(_ row: SourceRow, _ report: inout PreparationReport) -> [UInt8]? {
    var notes: [ExampleWriter.Note] = []
    var result: [UInt8]?
    if let reader, let writer {
      result =
        row.withRow { parsed -> [UInt8]? in
          if let fault = reader.fault(in: parsed) {
            notes.append(.init(code: "invalid_row", kind: .dropped, message: fault))
            return nil
          }
          return writer.write(reader.example(parsed), &notes)?.bytes
        } ?? nil
    } else {
      result =
        row.isText && !toText ? RowJSON.object([("text", .text(row.texts(of: nil)[0]))]).bytes : row.bytes
    }
    if toText, let json = result, !row.isText { result = Self.line(of: json, &notes) }
    for note in notes { report.note(note.code, note.kind, note.message, row) }
    return result
  }

  /// The text of a row `{"text": …}` as one line.
  private static func line(of json: [UInt8], _ notes: inout [ExampleWriter.Note]) -> [UInt8]? {
    var parser = JSONRowParser(limits: .standard)
    return json.withUnsafeBufferPointer { bytes in
      guard case .value = parser.parse(bytes, from: 0, isFinal: true, endsAtNewline: false) else {
        return nil
      }
      let row = JSONRow(bytes: bytes, tokens: parser.tokens)
      guard let value = row.member("text"), row.kind(value) == .string else {
        notes.append(.init(code: "invalid_row", kind: .dropped, message: "The row has no text."))
        return nil
      }
      var members = 0
      row.forEachMember { _, _ in members += 1 }
      if members > 1 {
        notes.append(
          .init(code: "columns", kind: .lost, message: "A text file has no columns beside the text."))
      }
      var line = Array(row.text(value).utf8)
      if line.contains(0x0A) || line.contains(0x0D) {
        notes.append(
          .init(
            code: "line_breaks", kind: .lost,
            message: "Line breaks become blanks: in a text file every line is a row."))
        line = line.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
      }
      return line
    }
  }
}
