@testable import API
import Contract
import HTTPWire
import Testing

/// The OpenAPI document says what the server does: the other suites hold every answer against it.
@Suite struct DocumentTests {
  private static func document() throws -> APIDocument {
    try APIDocument(
      System.document(APIOptions(version: "1.2.3", maximumUpload: 1000, corsOrigins: []), admitsGuests: false)
    )
  }

  @Test func `it is OpenAPI 3·1 in its shape`() throws {
    let json = try Self.document().json
    #expect(json["openapi"] == "3.1.0")
    #expect(json["info"]?["title"] == "Luthier")
    #expect(json["info"]?["version"] == "1.2.3")
    #expect(json["components"]?["securitySchemes"]?["bearer"]?["type"] == "http")
    let tags = Set(json["tags"]?.items.compactMap { $0["name"]?.string } ?? [])
    for operation in try Self.document().operations {
      let name = operation.name
      #expect(["GET", "POST", "PUT", "PATCH", "DELETE"].contains(operation.method))
      #expect(operation.pattern.hasPrefix("/"))
      #expect(operation.json["summary"]?.string?.isEmpty == false, "\(name)")
      #expect(tags.contains(operation.json["tags"]?[0]?.string ?? ""), "\(name)")
      let responses = operation.json["responses"]?.fields ?? [:]
      #expect(responses["200"] != nil, "\(name)")
      for (status, response) in responses {
        #expect(Int(status).map { (100...599).contains($0) } == true, "\(name)")
        #expect(response["description"]?.string?.isEmpty == false, "\(name) \(status)")
        #expect(response["content"]?.fields.isEmpty == false, "\(name) \(status)")
      }
      let given = operation.json["parameters"]?.items ?? []
      #expect(given.filter { $0["in"] == "path" }.compactMap { $0["name"]?.string } == operation.parameters)
      for parameter in given {
        #expect(parameter["schema"]?["type"] != nil, "\(name)")
        if parameter["in"] == "path" { #expect(parameter["required"] == true, "\(name)") }
      }
      if operation.json["requestBody"] != nil { #expect(operation.method != "GET", "\(name)") }
    }
  }

  @Test func `every reference resolves and every schema is used`() throws {
    let document = try Self.document()
    var used: Set<String> = []
    func walk(_ value: JSONValue) {
      if let reference = value["$ref"]?.string {
        #expect(reference.hasPrefix("#/components/schemas/"))
        used.insert(String(reference.split(separator: "/").last ?? ""))
      }
      for field in value.fields.values { walk(field) }
      for item in value.items { walk(item) }
    }
    walk(document.json)
    let defined = Set(document.json["components"]?["schemas"]?.fields.keys.map { $0 } ?? [])
    #expect(used == defined)
    #expect(defined.contains("ErrorEnvelope"))
  }

  @Test func `every schema has a type, and its required fields are its own`() throws {
    for (name, schema) in try Self.document().json["components"]?["schemas"]?.fields ?? [:] {
      #expect(schema["type"] != nil, "\(name)")
      let properties = schema["properties"]?.fields ?? [:]
      for field in schema["required"]?.items.compactMap(\.string) ?? [] {
        #expect(properties[field] != nil, "\(name).\(field)")
      }
      if schema["type"] == "string" { #expect(schema["enum"]?.items.isEmpty == false, "\(name)") }
    }
  }

  @Test func `operation ids are unique and every route is there once`() throws {
    let operations = try Self.document().operations
    #expect(Set(operations.map(\.name)).count == operations.count)
    #expect(!operations.contains { $0.name.isEmpty })
    let routes = Routes.table(maximumUpload: 1000).map { "\($0.method) \($0.documentedPattern)" }
    #expect(Set(routes) == Set(operations.map { "\($0.method) \($0.pattern)" }))
    #expect(routes.count == operations.count)
  }

  @Test func `the constraints name types and fields that are there`() throws {
    let schemas = try Self.document().json["components"]?["schemas"]?.fields ?? [:]
    for (type, fields) in Constraints.table {
      for field in fields.keys { #expect(schemas[type]?["properties"]?[field] != nil, "\(type).\(field)") }
    }
  }

  @Test func `it and its page are served to anyone, and run nothing from elsewhere`() async throws {
    try await TestServer.run { server in
      let document = try await server.send(.get, "/openapi.json")
      #expect(document.fields["Content-Type"] == "application/json")
      let page = try await server.send(.get, "/docs")
      #expect(page.fields["Content-Type"]?.hasPrefix("text/html") == true)
      #expect(page.fields["Content-Security-Policy"]?.contains("default-src 'none'") == true)
      #expect(!page.text.contains("https://"))
      let health = try await server.send(.get, "/api/health")
      #expect(health.json["status"] == "ok")
    }
  }

  @Test func `HEAD answers as GET does, without a body`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      for operation in server.document.operations
      where operation.method == "GET" && operation.parameters.isEmpty {
        let answer = try await server.send(.head, operation.pattern, as: user)
        #expect(answer.status == 200, "\(operation.name)")
        #expect(answer.bytes.isEmpty, "\(operation.name)")
      }
    }
  }

  @Test func `only pages of the set origins may call`() async throws {
    try await TestServer.run(["CORS_ORIGINS": "https://a.example, https://b.example"]) { server in
      for (origin, allowed) in [
        ("https://a.example", true), ("https://b.example", true), ("https://c.example", false),
        ("null", false),
      ] {
        let answer = try await server.send(.get, "/api/auth/me", fields: [("Origin", origin)])
        #expect(answer.fields["Access-Control-Allow-Origin"] == (allowed ? origin : nil))
        #expect(answer.status == 401)
        let asked = try await server.send(
          .options, "/api/tasks", fields: [("Origin", origin), ("Access-Control-Request-Method", "POST")])
        #expect(asked.status == 204)
        #expect(asked.fields["Access-Control-Allow-Origin"] == (allowed ? origin : nil))
        #expect((asked.fields["Access-Control-Allow-Headers"] != nil) == allowed)
      }
    }
  }
}
