import Contract
import HTTPFetching
import HTTPWire

/// Who answers: a model of the server's list, or a server that the person named.
struct ChatPartner: Sendable {
  /// As people are told.
  let name: String
  /// In the server's list; nil where `backend` answers.
  let model: String?
  let backend: AnsweringBackend?

  static let mock = ChatPartner(name: "mock", model: nil, backend: AnsweringBackend(kind: .mock))

  init(name: String, model: String?, backend: AnsweringBackend?) {
    self.name = name
    self.model = model
    self.backend = backend
  }

  /// A model of the server's list.
  init(model: String) { self.init(name: model, model: model, backend: nil) }

  /// A model of an OpenAI-compatible server.
  init(model: String, at url: String, key: String?) {
    self.init(
      name: model, model: nil,
      backend: AnsweringBackend(kind: .compatible, url: url, model: model, apiKey: key))
  }
}

/// Finds whom a chat's options mean.
struct PartnerSearch: Sendable {
  let call: Invocation
  let options: ChatOptions

  /// What `options` mean; the backend finetune has a way of its own, `FinetunedModel`.
  func partner(_ client: APIClient) async throws -> ChatPartner {
    switch options.backend {
    case .mock: .mock
    case .openai:
      try await named(standardURL("OPENAI_BASE_URL", "https://api.openai.com/v1"), try openAIKey())
    case .vllm: try await named(standardURL(nil, "http://127.0.0.1:8000/v1"), try fileKey())
    case .ollama: try await named(standardURL(nil, "http://127.0.0.1:11434/v1"), try fileKey())
    case .compatible:
      try await named(
        try options.baseURL
          ?? {
            throw UsageError(
              "The backend compatible needs --base-url URL.",
              hint: "For example: --base-url http://127.0.0.1:8080/v1")
          }(),
        try fileKey())
    case .finetune, nil: ChatPartner(model: try await model(client))
    }
  }

  private func standardURL(_ variable: String?, _ standard: String) -> String {
    options.baseURL ?? variable.flatMap { call.console.variable($0) } ?? standard
  }

  private func named(_ url: String, _ key: String?) async throws -> ChatPartner {
    if let model = options.model { return ChatPartner(model: model, at: url, key: key) }
    let models = try await servedModels(at: url, key: key)
    if models.count == 1 { return ChatPartner(model: models[0], at: url, key: key) }
    if models.isEmpty {
      throw CommandFailure(
        .notFound, "\(url) serves no model.", code: "not_found", hint: "Name one: --model NAME")
    }
    let names = models.prefix(8).joined(separator: ", ")
    throw UsageError(
      "Which model? \(url) has \(names)\(models.count > 8 ? " …" : "").", hint: "Give --model NAME.")
  }

  /// What an OpenAI-compatible server says it serves.
  func servedModels(at url: String, key: String?) async throws -> [String] {
    var base = url
    while base.hasSuffix("/") { base.removeLast() }
    let last = base.split(separator: "/").last ?? ""
    let isVersioned = last.first == "v" && last.count > 1 && last.dropFirst().allSatisfy(\.isNumber)
    var fields: HTTPFields = ["Accept": "application/json", "User-Agent": "luthier"]
    if let key { fields["Authorization"] = "Bearer \(key)" }
    var request = FetchRequest(.get, base + (isVersioned ? "/models" : "/v1/models"), fields: fields)
    request.connectTimeout = .seconds(5)
    request.totalTimeout = .seconds(15)
    do {
      let answer = try await call.http.send(request)
      switch answer.status.code {
      case 200..<300: break
      case 401, 403:
        throw CommandFailure(
          .refused, "\(url) does not take the key.", code: "upstream_refused",
          hint: "Give the key that it knows: --api-key-file FILE")
      default:
        throw CommandFailure(
          .failed, "\(url) does not say what it serves (\(answer.status.code)).", code: "upstream_failed",
          hint: "Name the model: --model NAME")
      }
      let client = APIClient(http: call.http, server: .standard, credential: nil)
      return try client.decode(answer.bytes, as: ServedModels.self).data.map(\.id)
    } catch let error as FetchError {
      if Task.isCancelled { throw CancellationError() }
      throw CommandFailure(
        .unreachable, "\(url) cannot be reached: \(error.description).", code: error.code.rawValue,
        hint: "Is it running, and at this address? --base-url names another one.")
    }
  }

  private struct ServedModels: Decodable {
    struct Model: Decodable { let id: String }
    let data: [Model]
  }

  /// The key of openai; another backend never gets `OPENAI_API_KEY`.
  private func openAIKey() throws -> String {
    if let key = try fileKey() ?? call.console.variable("OPENAI_API_KEY") { return key }
    throw CommandFailure(
      .refused, "There is no key for the backend openai.", code: "unauthenticated",
      hint: "Set OPENAI_API_KEY, or give --api-key-file FILE.")
  }

  private func fileKey() throws -> String? {
    guard let path = options.apiKeyFile else { return nil }
    guard let bytes = SmallFile.read(path, limit: 8192) else {
      throw CommandFailure(.usage, "\(path) cannot be read: \(systemError()).", code: "usage")
    }
    let key = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    guard !key.isEmpty else { throw CommandFailure(.usage, "\(path) is empty.", code: "usage") }
    return key
  }

  /// A model of the server's list: the one that was named, or the only one.
  private func model(_ client: APIClient) async throws -> String {
    if let name = options.model { return name }
    let all = try await client.get(ModelCommands.path, as: ModelListReply.self).value.models
    if all.count == 1 { return all[0].name }
    if all.isEmpty {
      throw CommandFailure(
        .notFound, "You have no model yet.", code: "not_found",
        hint:
          "Train one: luthier task submit --help, add one: luthier model add PATH, or take another backend: luthier chat --help"
      )
    }
    let names = all.prefix(8).map { ShellWord.quoted($0.name) }.joined(separator: ", ")
    throw UsageError(
      "Which model? You have \(names)\(all.count > 8 ? " …" : "").", hint: "Give --model NAME.")
  }
}
