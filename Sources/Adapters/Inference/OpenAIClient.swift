package import Domain
import FoundationEssentials
package import HTTPFetching
import HTTPWire

/// Speaks to engines that serve OpenAI's API: LLaMA-Factory, vLLM, Ollama and the rest.
package struct OpenAIClient: ModelCalling {
  let client: HTTPClient
  private let allowsPrivateAddresses: Bool
  private let patience: Double

  /// - Parameters:
  ///   - allowsPrivateAddresses: whether a server that a user named may lie inside of this network.
  ///   - patience: seconds without a byte of an answer.
  package init(client: HTTPClient, allowsPrivateAddresses: Bool, patience: Double) {
    self.client = client
    self.allowsPrivateAddresses = allowsPrivateAddresses
    self.patience = patience
  }

  package func models(at address: EngineAddress) async throws(DomainError) -> [String] {
    var request = request(.get, address.baseURL + "/v1/models", at: address)
    request.connectTimeout = .seconds(2)
    request.totalTimeout = .seconds(5)
    let fetched = request
    return try await guarding { () async throws in
      let result = try await client.send(fetched, upTo: 1_048_576)
      guard result.status == .ok else { throw Self.failure(result.status, result.fields, result.bytes) }
      return try JSONDecoder().decode(OpenAIWire.ModelList.self, from: Data(result.bytes)).data.map(\.id)
    }
  }

  package func reply(to generation: GenerationRequest, at address: EngineAddress)
    async throws(DomainError) -> GenerationResult
  {
    try await guarding(address) { () async throws in
      let request = try chat(generation, at: address, streams: false)
      let result = try await client.send(request, upTo: 16_777_216)
      guard result.status == .ok else {
        throw Self.failure(result.status, result.fields, result.bytes, at: address)
      }
      let answer = try JSONDecoder().decode(OpenAIWire.Answer.self, from: Data(result.bytes))
      guard let choice = answer.choices.first else { throw Self.unreadable }
      return GenerationResult(
        content: choice.message?.content ?? "", finishReason: choice.finishReason ?? "stop",
        promptTokens: answer.usage?.promptTokens, completionTokens: answer.usage?.completionTokens)
    }
  }

  package func stream(
    _ generation: GenerationRequest, at address: EngineAddress, receive: (String) async throws -> Void
  ) async throws -> GenerationResult {
    let request = try chat(generation, at: address, streams: true)
    let response: FetchResponse
    do {
      response = try await client.open(request)
    } catch {
      throw Self.translated(error, at: address)
    }
    defer { response.close() }
    guard response.status == .ok else {
      throw Self.failure(
        response.status, response.fields, try await response.collect(upTo: 65_536), at: address)
    }
    var reader = StreamReader()
    while !reader.isDone {
      let chunk: [UInt8]?
      do {
        chunk = try await response.body.next()
      } catch {
        throw Self.translated(error)
      }
      guard let chunk else { break }
      // What `receive` throws is the caller's own and passes as it is.
      for piece in try reader.feed(chunk) { try await receive(piece) }
      if let failure = reader.failure { throw failure }
    }
    return try reader.result()
  }

  func request(_ method: HTTPMethod, _ url: String, at address: EngineAddress) -> FetchRequest {
    var fields: HTTPFields = ["Accept": "application/json"]
    if let key = address.key { fields["Authorization"] = "Bearer \(key)" }
    var request = FetchRequest(method, url, fields: fields)
    if address.isForeign { request.reach = allowsPrivateAddresses ? .notThisLink : .publicOnly }
    return request
  }

  private func chat(_ generation: GenerationRequest, at address: EngineAddress, streams: Bool) throws
    -> FetchRequest
  {
    var request = request(.post, address.chatURL, at: address)
    request.stallTimeout = .seconds(patience)
    request.fields["Content-Type"] = "application/json"
    if streams { request.fields["Accept"] = "text/event-stream" }
    let body = OpenAIWire.Request(
      model: address.model,
      messages: generation.turns.map { .init(role: $0.role.rawValue, content: $0.content) },
      temperature: generation.temperature, topP: generation.topP, topK: generation.topK,
      maxTokens: generation.maxTokens, seed: generation.seed, stream: streams)
    request.body = .bytes([UInt8](try JSONEncoder().encode(body)))
    return request
  }

  /// - Parameter address: the server that is asked, where a user may have named it.
  func guarding<Value>(
    _ address: EngineAddress? = nil, _ body: () async throws -> Value
  ) async throws(DomainError) -> Value {
    do {
      return try await body()
    } catch {
      throw Self.translated(error, at: address)
    }
  }
}

extension FetchError {
  /// No request got as far as the server.
  fileprivate var isFailureToConnect: Bool {
    [.dns, .connectionRefused, .unreachable, .tls].contains(code)
  }
}

extension OpenAIClient {
  static var unreadable: DomainError {
    DomainError(
      .upstreamFailed, "The model's server gave an answer that could not be read.", hint: "Try again.",
      origin: .upstream)
  }

  /// - Parameter address: the server that refused; one that a user named is the user's to put right.
  static func failure(
    _ status: HTTPStatus, _ fields: HTTPFields, _ bytes: [UInt8], at address: EngineAddress? = nil
  ) -> DomainError {
    let said = try? JSONDecoder().decode(OpenAIWire.Failure.self, from: Data(bytes)).message
    if status == .tooManyRequests {
      let seconds = retryAfter(fields)
      return DomainError(
        .rateLimited,
        "The model's server takes no more requests for now" + (said.map { ": \($0.prefix(500))" } ?? "."),
        hint: seconds.map { "Try again in \($0) seconds." } ?? "Try again later, or take another model.",
        origin: .upstream, retryAfter: seconds)
    }
    let words = said.map { ": \($0.prefix(500))" } ?? "."
    if let address, address.isForeign {
      switch status {
      case .unauthorized, .forbidden:
        return DomainError(
          .upstreamRefused, "The model's server does not take the key" + words,
          hint: "Give the key that this server knows.", origin: .upstream)
      case .notFound:
        return DomainError(
          .modelMissing, "The model's server has no such model or address" + words,
          hint: "Check the model's name and the address.", origin: .upstream)
      default: break
      }
    }
    return DomainError(
      .upstreamFailed,
      "The model's server answered with \(status.code)" + (said.map { ": \($0.prefix(500))" } ?? "."),
      hint: "Look at the request; if it is right, unload the model and try again.", origin: .upstream)
  }

  /// Seconds a server asks to wait; a date, or more than a day, is none.
  static func retryAfter(_ fields: HTTPFields) -> Int? {
    fields["Retry-After"].flatMap { Int($0) }.flatMap { (0...86_400).contains($0) ? $0 : nil }
  }

  static func translated(_ error: any Error, at address: EngineAddress? = nil) -> DomainError {
    switch error {
    case let error as DomainError: error
    case let error as FetchError where error.code == .forbiddenAddress:
      DomainError(
        .forbidden, "The model's server lies at an address that this server may not call.",
        hint: "Give the address of a public server, or ask the operator.", detail: error.debugDescription)
    case let error as FetchError where address?.isForeign == true && error.isFailureToConnect:
      DomainError(
        .upstreamUnreachable, "The model's server cannot be reached: \(error.description).",
        hint: "Is it running, and at this address?", origin: .upstream, detail: error.debugDescription)
    case let error as FetchError:
      DomainError(
        error.code == .timedOut ? .timedOut : .upstreamFailed,
        "The model's server: \(error.description).", hint: "Try again; the model may have been unloaded.",
        origin: .upstream, detail: error.debugDescription)
    case is DecodingError: unreadable
    default:
      DomainError(
        .upstreamFailed, "The answer was broken off.", origin: .upstream, detail: "\(error)")
    }
  }
}
