import Domain

/// How a chat script is run on a host, and whose it is.
struct ScriptCommand: Sendable {
  let arguments: [String]
  let environment: [String: String]
  let workingDirectory: String?
  let script: String
  /// Luthier's own, which streams and takes the request from standard input alone.
  let isOwn: Bool

  /// Looks at everything a chat needs beforehand, so that each lack has its own words.
  static func find(_ settings: ScriptedChat.Settings, on host: any Host) async throws(DomainError) -> Self {
    let trainer = try await host.trainer(thorough: false)
    if let work = trainer.workDirectory {
      guard try await host.facts(of: [work]).first??.isDirectory == true else {
        throw ScriptFailure.workDirectoryMissing(work)
      }
    }
    var environment = [
      "CHAT_TIMEOUT": String(Int(settings.timeout)), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8",
    ]
    environment["LLAMAFACTORY_CLI_PATH"] = trainer.command
    guard let path = settings.scriptPath else {
      guard trainer.command != nil else { throw ScriptFailure.commandMissing(trainer.problem) }
      let script = try await place(settings.script, on: host)
      return Self(
        arguments: [trainer.python ?? "python3", script], environment: environment,
        workingDirectory: trainer.workDirectory, script: script, isOwn: true)
    }
    // A user's script runs as the documents say, with `python3`, unless an environment is named for it.
    if trainer.isEnvironmentNamed, trainer.command == nil {
      throw ScriptFailure.commandMissing(trainer.problem)
    }
    let script = try resolve(path, trainer)
    guard try await host.facts(of: [script]).first??.isDirectory == false else {
      throw ScriptFailure.scriptMissing(script)
    }
    return Self(
      arguments: [trainer.isEnvironmentNamed ? trainer.python ?? "python3" : "python3", script],
      environment: environment, workingDirectory: trainer.workDirectory, script: script, isOwn: false)
  }

  private static func resolve(_ path: String, _ trainer: TrainerFacts) throws(DomainError) -> String {
    if path.hasPrefix("/") { return path }
    if path.hasPrefix("~/"), let home = trainer.home { return home + path.dropFirst() }
    guard let work = trainer.workDirectory else { throw ScriptFailure.scriptMissing(path) }
    return "\(work)/\(path)"
  }

  /// Puts Luthier's own script on the host, under its hash, unless it is there.
  private static func place(_ script: ChatScript, on host: any Host) async throws(DomainError) -> String {
    let path = "\(try host.description.userDataFolder())/.luthier/scripts/\(script.hash)/\(script.name)"
    if let there = try await host.facts(of: [path]).first ?? nil, there.size == Int64(script.bytes.count) {
      return path
    }
    try await host.write(script.bytes, to: path)
    return path
  }
}
