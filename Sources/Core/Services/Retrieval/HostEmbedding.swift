package import Domain
import FoundationEssentials

/// Makes vectors by a model's folder on a host, with the trainer's Python there; on the processor alone.
package struct HostEmbedding: Sendable {
  private struct Request: Encodable {
    let path: String
    let texts: [String]
  }

  private struct Line: Decodable {
    struct Result: Decodable { let count: Int }
    let vector: [Float]?
    let result: Result?
  }

  private let backends: BackendCatalog
  private let fleet: any HostFleet
  private let script: [UInt8]

  package init(backends: BackendCatalog, fleet: any HostFleet, script: [UInt8]) {
    self.backends = backends
    self.fleet = fleet
    self.script = script
  }

  /// Throws `model_missing`, `trainer_missing`, and what the script fails of.
  func vectors(
    of texts: [String], by name: String, for user: UserID, limit: Double
  ) async throws(DomainError) -> [[Float]] {
    guard case .model(let model) = try await backends.whatever(named: name, for: ChatCaller(user)).target
    else {
      throw .invalid("\"\(name)\" is run by others.", hint: "The backend local takes a model on a host.")
    }
    let host = try await fleet.host(model.hostID)
    do {
      guard let python = try await host.trainer(thorough: false).python else {
        throw DomainError(
          .trainerMissing, "The Python of LLaMA-Factory was not found on the host.",
          hint: "See luthier host doctor.", origin: .host)
      }
      let script = HostScript(
        host: host, place: "\(try host.description.userDataFolder())/\(user.rawValue)/embed",
        name: "embed_texts.py", script: script, python: python,
        environment: model.path.hasPrefix("/") ? ["HF_HUB_OFFLINE": "1"] : [:])
      return try await withThrowingTaskGroup(of: [[Float]]?.self) { group in
        group.addTask { try await Self.run(script, Request(path: model.path, texts: texts)) }
        group.addTask {
          try await Task.sleep(for: .seconds(limit))
          return nil
        }
        defer { group.cancelAll() }
        guard let made = try await group.next() ?? nil else {
          throw DomainError(
            .timedOut, "The host took more than \(Int(limit)) seconds to make vectors.", origin: .host)
        }
        return made
      }
    } catch let error as DomainError {
      throw error
    } catch {
      throw DomainError(.hostFailed, "The host made no vectors.", origin: .host, detail: "\(error)")
    }
  }

  private static func run(_ script: HostScript, _ request: Request) async throws -> [[Float]] {
    var vectors: [[Float]] = []
    return try await script.run(request) { line in
      let said = try JSONDecoder().decode(Line.self, from: line)
      if let vector = said.vector { vectors.append(vector) }
      guard let result = said.result else { return nil }
      guard result.count == vectors.count, vectors.count == request.texts.count else {
        throw DomainError(.hostFailed, "The host made \(vectors.count) vectors.", origin: .host)
      }
      return vectors
    }
  }
}
