/// Reads a wire type's JSON Schema from the type itself, by letting its own `init(from:)` ask for
/// every field: no second description that could drift from what is really decoded.
///
/// The schemas are JSON Schema 2020-12 as OpenAPI 3.1 uses it. A type without optional enum payloads
/// or custom decoding is probed exactly; `JSONValue` is any JSON.
package final class SchemaProbe {
  /// Named schemas found so far, by type name: the document's `components.schemas`.
  package private(set) var components: [String: JSONValue] = [:]

  package init() {}

  /// A reference to the type's schema; the schema itself goes into `components`.
  package func reference(to type: any Decodable.Type) throws -> JSONValue {
    try schema(of: type)
  }

  func schema(of type: any Decodable.Type) throws -> JSONValue {
    if let simple = Self.simple(type) { return simple }
    if let list = type as? any ListSchema.Type {
      return .object(["type": .string("array"), "items": try schema(of: list.elementType)])
    }
    if let map = type as? any MapSchema.Type {
      return .object(["type": .string("object"), "additionalProperties": try schema(of: map.valueType)])
    }
    let name = Self.name(of: type)
    if components[name] == nil {
      components[name] = .object([:])  // a type may hold itself
      if let words = type as? any WireEnum.Type {
        components[name] = .object([
          "type": .string("string"), "enum": .array(Self.words(words).map { .string($0) }),
        ])
      } else {
        let recorder = FieldRecorder(probe: self)
        _ = try type.init(from: ProbingDecoder(recorder: recorder))
        components[name] = recorder.object(constraints: Constraints.table[name] ?? [:])
      }
    }
    return .object(["$ref": .string("#/components/schemas/\(name)")])
  }

  /// `Contract.DatasetDetailReply.Problem` is `DatasetDetailReplyProblem`.
  static func name(of type: any Any.Type) -> String {
    String(reflecting: type).split(separator: ".").dropFirst().joined()
  }

  private static func words<T: WireEnum>(_: T.Type) -> [String] { T.allCases.map(\.rawValue) }

  private static func simple(_ type: any Decodable.Type) -> JSONValue? {
    switch type {
    case is String.Type: .object(["type": .string("string")])
    case is Bool.Type: .object(["type": .string("boolean")])
    case is Int.Type: .object(["type": .string("integer")])
    case is Int64.Type: .object(["type": .string("integer"), "format": .string("int64")])
    case is Double.Type: .object(["type": .string("number")])
    case is JSONValue.Type: .object([:])
    default: nil
    }
  }
}

protocol ListSchema { static var elementType: any Decodable.Type { get } }
extension Array: ListSchema where Element: Decodable {
  static var elementType: any Decodable.Type { Element.self }
}
protocol MapSchema { static var valueType: any Decodable.Type { get } }
extension Dictionary: MapSchema where Key == String, Value: Decodable {
  static var valueType: any Decodable.Type { Value.self }
}

/// Collects the fields one type asks for.
final class FieldRecorder {
  let probe: SchemaProbe
  private var properties: [String: JSONValue] = [:]
  private var required: [String] = []

  init(probe: SchemaProbe) { self.probe = probe }

  func record(_ key: String, _ type: any Decodable.Type, optional: Bool) throws {
    let schema = try probe.schema(of: type)
    properties[key] = optional ? Self.nullable(schema) : schema
    if !optional { required.append(key) }
  }

  private static func nullable(_ schema: JSONValue) -> JSONValue {
    guard case .object(var fields) = schema else { return schema }
    if case .string(let type)? = fields["type"] {
      fields["type"] = .array([.string(type), .string("null")])
      return .object(fields)
    }
    return fields.isEmpty ? schema : .object(["anyOf": .array([schema, .object(["type": .string("null")])])])
  }

  func object(constraints: [String: [String: JSONValue]]) -> JSONValue {
    for (field, facts) in constraints {
      guard case .object(let fields)? = properties[field] else { continue }
      properties[field] = .object(fields.merging(facts) { _, new in new })
    }
    return .object([
      "type": .string("object"), "properties": .object(properties),
      "required": .array(required.sorted().map { .string($0) }),
    ])
  }
}
