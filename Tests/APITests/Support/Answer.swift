import Contract
import HTTPFetching
import HTTPWire
import Testing

/// An answer of the server, already held against the document.
struct Answer: Sendable {
  let status: Int
  let fields: HTTPFields
  let bytes: [UInt8]

  var text: String { String(decoding: bytes, as: UTF8.self) }
  var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }

  func string(_ key: String) throws -> String {
    guard let value = json[key]?.string else { throw Unusable("no \(key) in \(text.prefix(400))") }
    return value
  }
}

/// What a request carries.
enum Body: Sendable {
  case none
  case json(JSONValue)
  case raw([UInt8], type: String?)
  case form(MultipartForm)

  static func raw(_ text: String, type: String? = "application/json") -> Body {
    .raw(Array(text.utf8), type: type)
  }
}

/// A multipart form, written by hand so that it can be wrong.
struct MultipartForm: Sendable {
  var boundary = "luthier-test-boundary"
  var parts: [(head: String, content: [UInt8])] = []
  var isClosed = true

  static func file(_ name: String, _ content: String, field: String = "file") -> MultipartForm {
    var form = MultipartForm()
    form.add("form-data; name=\"\(field)\"; filename=\"\(name)\"", content)
    return form
  }

  mutating func add(_ disposition: String, _ content: String) {
    parts.append(("Content-Disposition: \(disposition)\r\n", Array(content.utf8)))
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for part in parts { bytes += Array("--\(boundary)\r\n\(part.head)\r\n".utf8) + part.content + [13, 10] }
    return isClosed ? bytes + Array("--\(boundary)--\r\n".utf8) : bytes
  }
}

extension TestServer {
  /// Sends a request as somebody and checks the answer against the document: its status is documented,
  /// its JSON fits the schema, an error has the envelope.
  func send(
    _ method: HTTPMethod, _ path: String, _ body: Body = .none, as who: User? = nil,
    token: String? = nil, fields: [(String, String)] = [], at location: SourceLocation = #_sourceLocation
  ) async throws -> Answer {
    var request = FetchRequest(method, base + path)
    request.totalTimeout = .seconds(60)
    if let token = token ?? who?.token { request.fields["Authorization"] = "Bearer \(token)" }
    switch body {
    case .none: break
    case .json(let value):
      request.fields["Content-Type"] = "application/json"
      request.body = .bytes(value.bytes)
    case .raw(let bytes, let type):
      if let type { request.fields["Content-Type"] = type }
      request.body = .bytes(bytes)
    case .form(let form):
      request.fields["Content-Type"] = "multipart/form-data; boundary=\(form.boundary)"
      request.body = .bytes(form.bytes)
    }
    for (name, value) in fields {
      if let name = HTTPFieldName(name) { request.fields[name] = value }
    }
    let result = try await client.send(request)
    let answer = Answer(status: result.status.code, fields: result.fields, bytes: result.bytes)
    check(answer, of: method.rawValue, path, at: location)
    return answer
  }

  private func check(_ answer: Answer, of method: String, _ path: String, at location: SourceLocation) {
    #expect(answer.fields["X-Request-ID"] != nil, "\(method) \(path)", sourceLocation: location)
    guard let operation = document.operation(method, path) else { return }
    let isBodiless = method == "HEAD" || answer.status == 304
    let documented = operation.json["responses"]?[String(answer.status)]
    if documented == nil, answer.status != 304, answer.status != 206 {
      Issue.record(
        "\(operation.name) answered \(answer.status), which its documentation does not have: \(answer.text.prefix(300))",
        sourceLocation: location)
    }
    if isBodiless { return }
    if answer.status >= 400 {
      if path.hasPrefix("/v1/") {
        checkOpenAIError(answer, operation.name, at: location)
      } else {
        checkEnvelope(answer, operation.name, at: location)
      }
      return
    }
    let sent = answer.fields["Content-Type"]?.prefix { $0 != ";" } ?? ""
    if let known = documented?["content"]?.fields.keys {
      #expect(
        known.contains(String(sent)) || known.contains("*/*"), "\(operation.name) sent \(sent)",
        sourceLocation: location)
    }
    if sent == "application/json", let schema = documented?["content"]?["application/json"]?["schema"] {
      let problems = document.problems(of: answer.json, by: schema)
      #expect(problems.isEmpty, "\(operation.name): \(answer.text.prefix(500))", sourceLocation: location)
    }
  }

  func checkOpenAIError(
    _ answer: Answer, _ what: String, at location: SourceLocation = #_sourceLocation
  ) {
    for key in ["message", "type", "code"] {
      #expect(
        answer.json["error"]?[key]?.string?.isEmpty == false,
        "\(what): \(answer.status) \(answer.text.prefix(300))", sourceLocation: location)
    }
    #expect(answer.fields["Content-Type"] == "application/json", sourceLocation: location)
    #expect(answer.status != 422, "\(what)", sourceLocation: location)
    if answer.status == 401 {
      #expect(answer.fields["WWW-Authenticate"] != nil, "\(what)", sourceLocation: location)
    }
  }

  func checkEnvelope(
    _ answer: Answer, _ what: String, at location: SourceLocation = #_sourceLocation
  ) {
    let envelope = answer.json
    for key in ["error", "code", "origin", "hint"] {
      #expect(
        envelope[key]?.string?.isEmpty == false, "\(what): \(answer.status) \(answer.text.prefix(300))",
        sourceLocation: location)
    }
    #expect(
      ["luthier", "host", "upstream"].contains(envelope["origin"]?.string ?? ""), sourceLocation: location)
    #expect(answer.fields["Content-Type"] == "application/json", sourceLocation: location)
    if answer.status == 401 {
      #expect(answer.fields["WWW-Authenticate"] != nil, "\(what)", sourceLocation: location)
    }
  }
}
