import Concurrency
import Domain

/// One run of a chat script on a host, in a folder of its own.
struct ScriptRun: Sendable {
  let host: any Host
  let directory: String
  let command: ScriptCommand
  let timeout: Double

  private static let input = "request.json"
  private static let output = "answer.json"
  /// Bytes a user's script may be given as an argument: the kernel takes 131,072 in one.
  private static let argumentLimit = 120_000
  /// Seconds Luthier's own script has for telling itself that the time is over.
  private static let ownGrace = 20.0

  /// Throws what `ScriptFailure` says; the folder and processes are left to `end`.
  func answer(
    to request: [UInt8], isLocal: Bool, receive: (@Sendable (String) async throws -> Void)?
  ) async throws -> String {
    var arguments = command.arguments
    if command.isOwn {
      arguments.append("--stdin")
    } else {
      guard request.count <= Self.argumentLimit else {
        throw DomainError(
          .tooLarge, "The conversation is too long for the script's command line.",
          hint: "Begin a new one, or leave CHAT_SCRIPT_PATH out.")
      }
      arguments.append(String(decoding: request, as: UTF8.self))
    }
    return try await run(arguments, isLocal: isLocal, for: timeout + (command.isOwn ? Self.ownGrace : 0)) {
      // Mode 0600: what the user wrote is for nobody else on the host.
      try await host.write(request, to: "\(directory)/\(Self.input)")
    } then: {
      try await follow(receive)
    }
  }

  /// The script's own look at what it needs; its whole output.
  func inspect() async throws -> String {
    try await run(command.arguments + ["--check"], isLocal: false, for: 180) {
      try await host.write([], to: "\(directory)/\(Self.input)")
    } then: {
      let (output, status) = try await collect { _ in }
      if status.exitCode == 0 { return output.text }
      throw ScriptFailure.read(
        status, log: await logTail(), printed: output.text, script: command.script)
    }
  }

  private func run(
    _ arguments: [String], isLocal: Bool, for seconds: Double,
    prepare: @escaping @Sendable () async throws -> Void,
    then body: @escaping @Sendable () async throws -> String
  ) async throws -> String {
    var environment = command.environment
    if isLocal { environment["HF_HUB_OFFLINE"] = "1" }
    let job = JobSpec(
      directory: directory, arguments: arguments, environment: environment,
      workingDirectory: command.workingDirectory,
      stop: [
        StopStep(signal: "TERM", target: .all, wait: 5), StopStep(signal: "KILL", target: .all, wait: 5),
      ], input: Self.input, output: Self.output)
    do {
      return try await withTimeout(.seconds(seconds)) {
        try await prepare()
        _ = try await host.launch(job)
        return try await body()
      }
    } catch is TimeoutError {
      throw ScriptFailure.timedOut(timeout)
    }
  }

  private func follow(_ receive: (@Sendable (String) async throws -> Void)?) async throws -> String {
    var hasTold = false
    let (output, status) = try await collect { token in
      hasTold = true
      try await receive?(token)
    }
    switch output.end() {
    case .answer(let content):
      if !hasTold, !content.isEmpty { try await receive?(content) }
      return content
    case .failure(let code, let message, let hint):
      throw ScriptFailure.said(code: code, message: message, hint: hint, timeout: timeout)
    case .nothing:
      throw ScriptFailure.read(
        status, log: await logTail(), printed: output.text, script: command.script)
    }
  }

  /// Reads the output while it grows, until the script has ended.
  private func collect(_ tell: (String) async throws -> Void) async throws -> (ScriptOutput, JobStatus) {
    let path = "\(directory)/\(Self.output)"
    var output = ScriptOutput()
    var offset: Int64 = 0
    for try await change in try await host.watch(directory, files: [path]) {
      let isOver = change.status.state == .ended || change.status.state == .lost
      // At its end the file is read until there is no more, whatever the change said of its size.
      var hasMore = isOver || change.sizes.first ?? -1 > offset
      while hasMore {
        let bytes = try await piece(of: path, from: offset)
        offset += Int64(bytes.count)
        for token in output.feed(bytes) { try await tell(token) }
        if output.isTooLong { throw ScriptFailure.noReply("more than \(ScriptOutput.limit) bytes") }
        hasMore = !bytes.isEmpty && (isOver || change.sizes.first ?? -1 > offset)
      }
      if isOver { return (output, change.status) }
    }
    throw DomainError(
      .hostUnreachable, "The host was lost while it answered.", hint: "Try again.", origin: .host)
  }

  private func logTail() async -> String {
    let slice = try? await host.read("\(directory)/train.log", from: -16_384, limit: 16_384)
    return String(decoding: slice?.bytes ?? [], as: UTF8.self)
  }

  private func piece(of path: String, from offset: Int64) async throws(DomainError) -> [UInt8] {
    do {
      return try await host.read(path, from: offset, limit: 262_144).bytes
    } catch  where error.code == .notFound {
      return []
    }
  }

  /// Ends what runs in a folder and removes it.
  static func end(_ directory: String, on host: any Host) async throws(DomainError) {
    let status = try await host.stop(directory)
    if status.state == .running || status.state == .starting {
      do {
        for try await change in try await host.watch(directory, files: [])
        where change.status.state != .running && change.status.state != .starting { break }
      } catch let error as DomainError {
        throw error
      } catch {
        throw DomainError(.hostFailed, "A chat could not be ended.", origin: .host, detail: "\(error)")
      }
    }
    try await host.remove(directory)
  }
}
