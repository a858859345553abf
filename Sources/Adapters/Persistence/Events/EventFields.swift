import Domain
import FoundationEssentials

/// An event's fields as JSON text, each under a letter for its type: `{"step":{"i":3},"loss":{"n":0.5}}`.
///
/// The letter keeps the number 3.0 from coming back as the integer 3.
enum EventFields {
  static func text(_ fields: [String: NewEvent.Field]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(fields.mapValues(StoredField.init)), as: UTF8.self)
  }

  static func fields(_ text: String) throws -> [String: NewEvent.Field] {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let stored = try decoder.decode([String: StoredField].self, from: Data(text.utf8))
    return try stored.mapValues { try $0.field() }
  }
}

private struct StoredField: Codable {
  var t: String?
  var i: Int64?
  var n: Double?
  var f: Bool?

  init(_ field: NewEvent.Field) {
    switch field {
    case .text(let value): t = value
    case .integer(let value): i = value
    case .number(let value): n = value
    case .flag(let value): f = value
    }
  }

  func field() throws -> NewEvent.Field {
    if let t { return .text(t) }
    if let i { return .integer(i) }
    if let n { return .number(n) }
    if let f { return .flag(f) }
    throw DomainError(.internalFault, "A stored event could not be read.")
  }
}
