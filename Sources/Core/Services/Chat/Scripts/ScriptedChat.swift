import Concurrency
package import Domain
import FoundationEssentials
import Synchronization

/// Chats by a script on the host that loads the model for one answer (CHAT_MODE cli and script).
package final class ScriptedChat: Sendable {
  package struct Settings: Sendable {
    package let mode: ChatMode
    /// The operator's own script, on the host; nil: Luthier's.
    package let scriptPath: String?
    /// Seconds for loading and answering together.
    package let timeout: Double
    /// Luthier's own script of the mode.
    package let script: ChatScript
    /// Tells this server's folders on a host from another's.
    package let owner: String

    package init(mode: ChatMode, scriptPath: String?, timeout: Double, script: ChatScript, owner: String) {
      self.mode = mode
      self.scriptPath = scriptPath
      self.timeout = timeout
      self.script = script
      self.owner = owner
    }
  }

  let settings: Settings
  private let fleet: any HostFleet
  private let log: ServerLog
  private let turns = HostTurns()
  /// Folders in use; every other one of this server's is left over.
  private let active = Mutex<Set<String>>([])

  package init(settings: Settings, fleet: any HostFleet, log: ServerLog) {
    self.settings = settings
    self.fleet = fleet
    self.log = log
  }

  /// What can fail before the model is loaded.
  func prepare(_ model: ResolvedModel) async throws(DomainError) {
    let host = try await fleet.host(model.hostID)
    _ = try await ScriptCommand.find(settings, on: host)
    try await checkFolders(of: model, on: host)
  }

  /// The answer; `receive` gets it in pieces where the script gives them, else whole.
  ///
  /// Waits for the host's turn first. When the task is cancelled, or `receive` throws, everything the script started
  /// on the host is ended.
  func answer(
    _ request: GenerationRequest, of model: ResolvedModel,
    receive: (@Sendable (String) async throws -> Void)? = nil
  ) async throws -> GenerationResult {
    let host = try await fleet.host(model.hostID)
    try await turns.enter(model.hostID) { before in
      log.info("a chat waits", ["host": model.hostID.rawValue, "before": String(before)])
    }
    defer { turns.leave(model.hostID) }
    try await checkFolders(of: model, on: host)
    let command = try await ScriptCommand.find(settings, on: host)
    let body = try ScriptRequest(
      request, model: model, timeout: settings.timeout, streams: command.isOwn && receive != nil
    ).encoded()
    let content = try await withRun(of: command, on: host) { run in
      try await run.answer(to: body, isLocal: model.isLocalFolder, receive: receive)
    }
    return GenerationResult(content: content, finishReason: "stop", promptTokens: nil, completionTokens: nil)
  }

  /// What Luthier's own script says of the host when it is asked to look.
  func inspect(_ command: ScriptCommand, on host: any Host) async throws(DomainError) -> String {
    do {
      return try await withRun(of: command, on: host) { try await $0.inspect() }
    } catch let error as DomainError {
      throw error
    } catch {
      throw DomainError(.chatFailed, "The chat script could not be tried.", origin: .host, detail: "\(error)")
    }
  }

  /// Lends a run, of which nothing is left on the host afterwards.
  private func withRun(
    of command: ScriptCommand, on host: any Host, _ body: (ScriptRun) async throws -> String
  ) async throws -> String {
    let directory = try folder(on: host) + "/\(settings.owner)-\(ServiceID.make().rawValue)"
    let run = ScriptRun(host: host, directory: directory, command: command, timeout: settings.timeout)
    active.withLock { _ = $0.insert(directory) }
    let result: Result<String, any Error>
    do {
      result = .success(try await body(run))
    } catch {
      result = .failure(error)
    }
    // A task of its own: the end must be reached also when this one is cancelled.
    await Task { await discard(run) }.value
    return try result.get()
  }

  /// Ends and removes what an earlier run of this server, or a host that was away, left; until it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      for host in await fleet.hosts() { await sweep(host) }
      do { try await Task.sleep(for: .seconds(60)) } catch { return }
    }
  }

  private func sweep(_ host: any Host) async {
    guard let folder = try? folder(on: host), let names = try? await host.list(folder) else { return }
    for name in names where name.hasPrefix(settings.owner + "-") {
      let directory = "\(folder)/\(name)"
      if active.withLock({ $0.contains(directory) }) { continue }
      do throws(DomainError) {
        try await ScriptRun.end(directory, on: host)
        log.info("a chat's leftover was removed", ["host": host.description.id.rawValue])
      } catch {
        log.warning("a chat's leftover could not be removed", ["error": error.debugDescription])
      }
    }
  }

  private func discard(_ run: ScriptRun) async {
    do throws(DomainError) {
      try await ScriptRun.end(run.directory, on: run.host)
    } catch {
      log.warning("a chat could not be cleaned up yet", ["error": error.debugDescription])
    }
    active.withLock { _ = $0.remove(run.directory) }
  }

  private func folder(on host: any Host) throws(DomainError) -> String {
    "\(try host.description.userDataFolder())/.luthier/chats"
  }

  private func checkFolders(of model: ResolvedModel, on host: any Host) async throws(DomainError) {
    let paths = [model.path, model.baseModel ?? model.path].filter { $0.hasPrefix("/") }
    for (path, facts) in zip(paths, try await host.facts(of: paths)) where facts?.isDirectory != true {
      throw ScriptFailure.modelMissing(path)
    }
  }
}

extension ResolvedModel {
  /// Nothing has to be fetched to load it.
  fileprivate var isLocalFolder: Bool { (baseModel ?? path).hasPrefix("/") }
}

/// The JSON a chat script is given: the documents' four fields, and more.
struct ScriptRequest: Encodable {
  struct Message: Encodable {
    let role: String
    let content: String
  }

  let baseModelPath: String
  let adapterPath: String
  let template: String
  let message: String
  let messages: [Message]?
  let system: String?
  let temperature: Double?
  let topP: Double?
  let topK: Int?
  let maxTokens: Int?
  let timeout: Double
  let stream: Bool?

  private enum CodingKeys: String, CodingKey {
    case baseModelPath = "base_model_path", adapterPath = "adapter_path", template, message, messages, system
    case temperature, topP = "top_p", topK = "top_k", maxTokens = "max_tokens", timeout, stream
  }

  init(_ request: GenerationRequest, model: ResolvedModel, timeout: Double, streams: Bool) {
    baseModelPath = model.baseModel ?? model.path
    adapterPath = model.baseModel == nil ? "" : model.path
    template = model.template
    let system = request.turns.first.flatMap { $0.role == .system ? $0.content : nil }
    let turns = request.turns.drop { $0.role == .system }
    message = turns.last?.content ?? ""
    messages = turns.count > 1 ? turns.map { Message(role: $0.role.rawValue, content: $0.content) } : nil
    self.system = system
    temperature = request.temperature
    topP = request.topP
    topK = request.topK
    maxTokens = request.maxTokens
    self.timeout = timeout
    stream = streams ? true : nil
  }

  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes = Array(try encoder.encode(self))
    guard bytes.count <= 1_000_000 else {
      throw DomainError(.tooLarge, "The conversation is too long.", hint: "Begin a new one.")
    }
    return bytes
  }
}
