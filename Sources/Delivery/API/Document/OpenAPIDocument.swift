import Contract
import HTTPServing
import HTTPWire
import Services

/// Makes the OpenAPI 3.1 document from the route table and the contract's types.
struct OpenAPIDocument {
  let endpoints: [Endpoint]
  let version: String
  /// Whether callers without a login are let in where routes allow it.
  let admitsGuests: Bool
  /// Whether the metrics need no credential.
  let metricsAreOpen: Bool

  func make() throws -> JSONValue {
    let probe = SchemaProbe()
    let envelope = try probe.reference(to: ErrorEnvelope.self)
    let openAIError = try probe.reference(to: OpenAIErrorReply.self)
    var paths: [String: [String: JSONValue]] = [:]
    for endpoint in endpoints {
      let error = endpoint.pattern.hasPrefix("/v1/") ? openAIError : envelope
      let operation = try operation(endpoint, probe: probe, envelope: error)
      paths[endpoint.documentedPattern, default: [:]][endpoint.method.rawValue.lowercased()] = operation
    }
    return .object([
      "openapi": .string("3.1.0"),
      "info": .object([
        "title": .string("Luthier"), "version": .string(version),
        "description": .string(
          "Fine-tune language models and talk to them. Every error is {\"error\", \"code\", \"hint\", …}, below /v1 in OpenAI's shape."
        ),
      ]),
      "paths": .object(paths.mapValues { .object($0) }),
      "components": .object([
        "schemas": .object(probe.components),
        "securitySchemes": .object([
          "bearer": .object([
            "type": .string("http"), "scheme": .string("bearer"),
            "description": .string("A token of POST /api/auth/login, or an API key."),
          ])
        ]),
      ]),
      "tags": .array(tags.map { .object(["name": .string($0)]) }),
    ])
  }

  private var tags: [String] {
    endpoints.map(\.tag).reduce(into: []) { found, tag in if !found.contains(tag) { found.append(tag) } }
  }

  private func operation(_ endpoint: Endpoint, probe: SchemaProbe, envelope: JSONValue) throws -> JSONValue {
    var operation: [String: JSONValue] = [
      "operationId": .string(endpoint.name), "summary": .string(endpoint.summary),
      "tags": .array([.string(endpoint.tag)]),
      "responses": .object(try responses(endpoint, probe: probe, envelope: envelope)),
      "security": .array(security(endpoint)),
    ]
    let parameters = pathParameters(endpoint) + queryParameters(endpoint)
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    if let body = endpoint.body { operation["requestBody"] = try requestBody(body, probe: probe) }
    return .object(operation)
  }

  /// An empty object in the list stands for no credential.
  private func security(_ endpoint: Endpoint) -> [JSONValue] {
    let login = JSONValue.object(["bearer": .array([])])
    switch endpoint.access {
    case .open: return []
    case .login, .administrator: return [login]
    case .guest: return admitsGuests ? [login, .object([:])] : [login]
    case .watcher: return metricsAreOpen ? [login, .object([:])] : [login]
    }
  }

  private func pathParameters(_ endpoint: Endpoint) -> [JSONValue] {
    var schema: [String: JSONValue] = ["type": .string("string")]
    if let length = endpoint.longestParameter { schema["maxLength"] = .integer(length) }
    return endpoint.parameters.map {
      .object([
        "name": .string($0), "in": .string("path"), "required": .bool(true), "schema": .object(schema),
      ])
    }
  }

  private func queryParameters(_ endpoint: Endpoint) -> [JSONValue] {
    endpoint.query.map {
      .object([
        "name": .string($0.name), "in": .string("query"), "required": .bool(false),
        "description": .string($0.summary), "schema": .object(["type": .string($0.type)]),
      ])
    }
  }

  private func requestBody(_ body: Endpoint.Body, probe: SchemaProbe) throws -> JSONValue {
    let content: JSONValue
    switch body {
    case .json(let type):
      content = .object(["application/json": .object(["schema": try probe.reference(to: type)])])
    case .bytes:
      content = .object([
        "application/octet-stream": .object([
          "schema": .object(["type": .string("string"), "format": .string("binary")])
        ])
      ])
    case .file(let field):
      content = .object([
        "multipart/form-data": .object([
          "schema": .object([
            "type": .string("object"), "required": .array([.string(field)]),
            "properties": .object([
              field: .object([
                "type": .string("string"), "contentMediaType": .string("application/octet-stream"),
              ])
            ]),
          ])
        ])
      ])
    }
    return .object(["required": .bool(true), "content": content])
  }

  private func responses(_ endpoint: Endpoint, probe: SchemaProbe, envelope: JSONValue) throws
    -> [String: JSONValue]
  {
    let content: JSONValue
    switch endpoint.answer {
    case .json(let type):
      content = .object(["application/json": try whole(type, probe)])
    case .events(let type):
      content = .object(["text/event-stream": try events(type, probe)])
    case .jsonOrEvents(let type, let event):
      content = .object([
        "application/json": try whole(type, probe), "text/event-stream": try events(event, probe),
      ])
    case .bytes(let type): content = .object([type: .object([:])])
    }
    var responses: [String: JSONValue] = [
      "200": .object(["description": .string("Done."), "content": content])
    ]
    for status in errors(of: endpoint) {
      responses[String(status.code)] = .object([
        "description": .string(status.reason),
        "content": .object(["application/json": .object(["schema": envelope])]),
      ])
    }
    return responses
  }

  private func whole(_ type: any Decodable.Type, _ probe: SchemaProbe) throws -> JSONValue {
    .object(["schema": try probe.reference(to: type)])
  }

  /// OpenAPI 3.1 has no word for an event's data: the schema stands in an extension.
  private func events(_ type: any Decodable.Type, _ probe: SchemaProbe) throws -> JSONValue {
    // Without a type: OpenAPI 3.1 does not say whether it would be that of the stream or that of an event in it.
    let stream = JSONValue.string("Server-sent events. Each one's data is JSON, as x-event-data says.")
    return .object([
      "schema": .object(["description": stream]), "x-event-data": try probe.reference(to: type),
    ])
  }

  /// What a route can answer beside success: its own errors and those that its shape brings.
  private func errors(of endpoint: Endpoint) -> [HTTPStatus] {
    var errors = endpoint.errors + [.badRequest, .internalServerError]
    if endpoint.access != .open { errors.append(.unauthorized) }
    if [.administrator, .watcher].contains(endpoint.access) { errors.append(.forbidden) }
    if endpoint.body != nil { errors += [.contentTooLarge, .unsupportedMediaType, .unprocessableContent] }
    return errors
  }
}
