import Contract

/// The OpenAPI document as the tests use it: to find an operation and to hold answers against it.
struct APIDocument: Sendable {
  let json: JSONValue

  struct Operation: Sendable {
    let method: String
    let pattern: String
    let json: JSONValue
    var name: String { json["operationId"]?.string ?? "" }
    var needsLogin: Bool { !(json["security"]?.items.isEmpty ?? true) }
    var parameters: [String] {
      pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
    /// The schema of its JSON body.
    var bodySchema: JSONValue? { json["requestBody"]?["content"]?["application/json"]?["schema"] }
    var isUpload: Bool { json["requestBody"]?["content"]?["multipart/form-data"] != nil }

    /// The path with `values` in place of the braces, in order.
    func path(_ values: String...) -> String {
      var left = values[...]
      return pattern.split(separator: "/", omittingEmptySubsequences: false).map { part in
        part.hasPrefix("{") ? left.popFirst() ?? "none" : String(part)
      }.joined(separator: "/")
    }
  }

  init(_ json: JSONValue) throws {
    self.json = json
    guard json["openapi"] != nil else { throw Unusable("/openapi.json is not an OpenAPI document") }
  }

  var operations: [Operation] {
    (json["paths"]?.fields ?? [:]).sorted { $0.key < $1.key }.flatMap { pattern, methods in
      methods.fields.sorted { $0.key < $1.key }.map {
        Operation(method: $0.key.uppercased(), pattern: pattern, json: $0.value)
      }
    }
  }

  func operation(_ name: String) throws -> Operation {
    guard let found = operations.first(where: { $0.name == name }) else {
      throw Unusable("no operation \(name)")
    }
    return found
  }

  /// The operation a request goes to; a literal segment beats a parameter.
  func operation(_ method: String, _ target: String) -> Operation? {
    let path = target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
    let method = method == "HEAD" ? "GET" : method
    return operations.filter { operation in
      let parts = operation.pattern.split(separator: "/", omittingEmptySubsequences: false)
      return operation.method == method && parts.count == path.count
        && zip(parts, path).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && !$1.isEmpty) }
    }.min { $0.parameters.count < $1.parameters.count }
  }

  func resolve(_ schema: JSONValue) -> JSONValue {
    guard let name = schema["$ref"]?.string?.split(separator: "/").last else { return schema }
    return json["components"]?["schemas"]?[String(name)] ?? schema
  }

  /// What is wrong with a value by its schema, with the place; empty where it is right.
  func problems(of value: JSONValue, by given: JSONValue, at place: String = "$") -> [String] {
    let schema = resolve(given)
    if schema["$ref"] != nil { return ["\(place): the reference \(schema.text) does not resolve"] }
    var found: [String] = []
    if let choices = schema["anyOf"]?.items,
      !choices.contains(where: { problems(of: value, by: $0, at: place).isEmpty })
    {
      found.append("\(place): fits none of the choices: \(value.text.prefix(80))")
    }
    if let words = schema["enum"]?.items, !words.contains(value) {
      found.append("\(place): \(value.text.prefix(80)) is none of the words")
    }
    let types = schema["type"].map { $0.string.map { [$0] } ?? $0.items.compactMap(\.string) } ?? []
    if !types.isEmpty, !types.contains(where: { Self.fits(value, $0) }) {
      found.append("\(place): \(value.text.prefix(80)) is not of type \(types)")
    }
    if case .object(let fields) = value {
      for name in schema["required"]?.items.compactMap(\.string) ?? [] where fields[name] == nil {
        found.append("\(place): \(name) is missing")
      }
      let known = schema["properties"]?.fields
      for (name, field) in fields {
        if let property = known?[name] ?? schema["additionalProperties"] {
          found += problems(of: field, by: property, at: "\(place).\(name)")
        } else if known != nil {
          found.append("\(place): \(name) is not in the document")
        }
      }
    }
    if case .array(let items) = value, let element = schema["items"] {
      for (index, item) in items.enumerated() {
        found += problems(of: item, by: element, at: "\(place)[\(index)]")
      }
    }
    return found
  }

  private static func fits(_ value: JSONValue, _ type: String) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
      ("integer", .integer), ("number", .integer), ("number", .number):
      true
    default: false
    }
  }
}
