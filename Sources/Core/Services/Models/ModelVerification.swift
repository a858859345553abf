package import Domain
import FoundationEssentials

/// Compares how a model is spoken to and answers, between the trainer and the server that serves it.
///
/// A script of ours does it on the model's host with the trainer's Python, on the processor alone. One runs on each
/// host at a time: it loads the model once more.
package actor ModelVerification {
  /// What the script says as it goes.
  package struct Progress: Decodable, Sendable {
    package let phase: String
    package let step: Int
    package let steps: Int
  }

  package struct Token: Decodable, Sendable {
    package let id: Int
    package let text: String
  }

  /// One comparison.
  package struct Check: Decodable, Sendable {
    package let name: String
    /// `same`, `different` or `skipped`.
    package let state: String
    package let question: String?
    package let left: String?
    package let right: String?
    package let leftTokens: Int?
    package let rightTokens: Int?
    /// The first token, from 0, at which they part.
    package let position: Int?
    /// The tokens about it.
    package let leftShown: [Token]?
    package let rightShown: [Token]?
    package let note: String?
  }

  package struct Result: Decodable, Sendable {
    package let checks: [Check]
    package let same: Bool
    package let template: String
    package let dtype: String
  }

  private struct Request: Encodable {
    struct Served: Encodable {
      let url: String
      let key: String
      let model: String
    }

    let path: String
    let base: String?
    let template: String
    let system: String?
    let questions: [String]
    let tokens: Int
    let served: Served?
  }

  private struct Line: Decodable { let result: Result }

  /// Asked where the caller asks nothing else.
  package static let questions = ["Who are you?", "你好，请介绍一下你自己。", "What is 2 + 2?"]

  private let backends: BackendCatalog
  private let runtime: ModelRuntime
  private let fleet: any HostFleet
  private let script: [UInt8]
  private let serves: Bool
  private let log: ServerLog
  private var busy: Set<HostID> = []

  /// - Parameter serves: models are served (CHAT_MODE service); else there is no server to compare with.
  package init(
    backends: BackendCatalog, runtime: ModelRuntime, fleet: any HostFleet, script: [UInt8], serves: Bool,
    log: ServerLog
  ) {
    self.backends = backends
    self.runtime = runtime
    self.fleet = fleet
    self.script = script
    self.serves = serves
    self.log = log
  }

  /// The model a name means; throws `conflict` for one that others run.
  package func model(_ name: String, for caller: ChatCaller) async throws(DomainError) -> ResolvedModel {
    guard case .model(let model) = try await backends.whatever(named: name, for: caller).target else {
      throw .conflict("This model is run by others.", hint: "Only a model on a host can be verified.")
    }
    return model
  }

  /// Compares; `tell` gets each step.
  ///
  /// Throws `conflict` while another verification runs on the host, `trainer_missing`, and what the script failed of.
  package func verify(
    _ model: ResolvedModel, questions: [String], tokens: Int, for user: UserID,
    tell: (Progress) async throws -> Void
  ) async throws -> Result {
    let host = try await fleet.host(model.hostID)
    guard busy.insert(model.hostID).inserted else {
      throw DomainError.conflict(
        "Another model is being verified on this host.", hint: "Wait for its end: it takes much memory.")
    }
    defer { busy.remove(model.hostID) }
    guard let python = try await host.trainer(thorough: false).python else {
      throw DomainError(
        .trainerMissing, "The Python of LLaMA-Factory was not found on the host.",
        hint: "See luthier host doctor.", origin: .host)
    }
    var request = Request(
      path: model.path, base: model.baseModel, template: model.template, system: model.systemPrompt,
      questions: questions, tokens: tokens, served: nil)
    guard serves else { return try await run(request, on: host, python: python, for: user, tell: tell) }
    try await tell(Progress(phase: "loading", step: 0, steps: 4))
    // Held meanwhile, so that it is not unloaded.
    let use = try await runtime.acquire(model, for: user)
    do {
      if let service = await runtime.list(for: nil).first(where: { $0.id == use.service }) {
        request = Request(
          path: model.path, base: model.baseModel, template: model.template, system: model.systemPrompt,
          questions: questions, tokens: tokens,
          served: .init(
            url: "http://127.0.0.1:\(service.port)", key: service.key, model: use.address.model))
      }
      let result = try await run(request, on: host, python: python, for: user, tell: tell)
      await runtime.release(use)
      return result
    } catch {
      await runtime.release(use)
      throw error
    }
  }

  private func run(
    _ request: Request, on host: any Host, python: String, for user: UserID,
    tell: (Progress) async throws -> Void
  ) async throws -> Result {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let isLocal = (request.base ?? request.path).hasPrefix("/")
    let script = HostScript(
      host: host, place: "\(try host.description.userDataFolder())/\(user.rawValue)/verify",
      name: "verify_model.py", script: script, python: python,
      environment: isLocal ? ["HF_HUB_OFFLINE": "1"] : [:])
    return try await script.run(request) { line in
      if let progress = try? decoder.decode(Progress.self, from: line) {
        try await tell(progress)
        return nil
      }
      return try? decoder.decode(Line.self, from: line).result
    }
  }
}
