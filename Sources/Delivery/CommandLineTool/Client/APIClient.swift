import Contract
import FoundationEssentials
import HTTPFetching
import HTTPWire

/// Calls the API of one server, as whoever is signed in there.
struct APIClient: Sendable {
  let http: HTTPClient
  let server: ServerAddress
  let credential: String?

  /// A decoded answer and the bytes it was made of.
  struct Answer<Value> {
    let value: Value
    let bytes: [UInt8]
  }

  func get<Reply: Decodable>(_ path: APIPath, as type: Reply.Type = Reply.self) async throws -> Answer<Reply>
  {
    try await send(request(.get, path))
  }

  func delete<Reply: Decodable>(_ path: APIPath, as type: Reply.Type = Reply.self) async throws -> Answer<
    Reply
  > {
    try await send(request(.delete, path))
  }

  func post<Reply: Decodable>(
    _ path: APIPath, _ body: some Encodable, fields: HTTPFields = [:], patience: Duration? = .seconds(120),
    as type: Reply.Type = Reply.self
  ) async throws -> Answer<Reply> {
    var request = try request(.post, path, body: body)
    for (name, value) in fields { HTTPFieldName(name).map { request.fields.add($0, value) } }
    request.stallTimeout = patience
    return try await send(request)
  }

  func patch<Reply: Decodable>(
    _ path: APIPath, _ body: some Encodable, as type: Reply.Type = Reply.self
  ) async throws -> Answer<Reply> {
    try await send(request(.patch, path, body: body))
  }

  /// A request with the credential; the caller may change it before `send` or `stream`.
  func request(_ method: HTTPMethod, _ path: APIPath) -> FetchRequest {
    var fields: HTTPFields = ["Accept": "application/json", "User-Agent": "luthier"]
    if let credential { fields["Authorization"] = "Bearer \(credential)" }
    return FetchRequest(method, server.text + path.text, fields: fields)
  }

  func request(_ method: HTTPMethod, _ path: APIPath, body: some Encodable) throws -> FetchRequest {
    var request = request(method, path)
    request.fields["Content-Type"] = "application/json"
    request.body = .bytes(Array(try JSONEncoder().encode(body)))
    return request
  }

  func send<Reply: Decodable>(_ request: FetchRequest, as type: Reply.Type = Reply.self) async throws
    -> Answer<Reply>
  {
    let result = try await reaching { try await http.send(request) }
    try check(result.status, result.fields, result.bytes)
    return Answer(value: try decode(result.bytes), bytes: result.bytes)
  }

  /// Lends an answer whose body is read as it comes; a refusal is thrown before `body` runs.
  func stream<Value>(_ request: FetchRequest, _ body: (FetchResponse) async throws -> Value) async throws
    -> Value
  {
    try await reaching {
      try await http.withResponse(request) { response in
        if !(200..<300).contains(response.status.code) {
          try check(response.status, response.fields, try await response.collect(upTo: 1024 * 1024))
        }
        return try await body(response)
      }
    }
  }

  func decode<Reply: Decodable>(_ bytes: [UInt8], as type: Reply.Type = Reply.self) throws -> Reply {
    do {
      return try JSONDecoder().decode(Reply.self, from: Data(bytes))
    } catch {
      throw CommandFailure(
        .failed, "The answer of \(server.text) was not understood.", code: "unexpected_answer",
        hint: "The server may be of another version, or no Luthier server.")
    }
  }

  private func check(_ status: HTTPStatus, _ fields: HTTPFields, _ bytes: [UInt8]) throws(CommandFailure) {
    guard !(200..<300).contains(status.code) else { return }
    throw CommandFailure(status: status, fields: fields, answer: bytes, server: server)
  }

  private func reaching<Value>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch let error as FetchError {
      if Task.isCancelled { throw CancellationError() }
      throw CommandFailure(error, server: server)
    }
  }
}

extension APIClient.Answer: Sendable where Value: Sendable {}
