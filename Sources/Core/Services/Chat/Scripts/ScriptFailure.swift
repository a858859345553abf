import Domain

/// What went wrong with a chat script, one code, message and cure for each row of docs/chat-modes.md.
///
/// What the script printed may hold what the user wrote: it goes into the hint, which the caller sees and no log.
enum ScriptFailure {
  static func timedOut(_ seconds: Double) -> DomainError {
    DomainError(
      .chatTimedOut, "The model did not answer within \(Int(seconds)) seconds.",
      hint: "Set CHAT_TIMEOUT higher (the model is loaded for each message), or use CHAT_MODE=service.",
      origin: .host)
  }

  static func commandMissing(_ problem: String?) -> DomainError {
    DomainError(
      .chatCommandMissing,
      "llamafactory-cli was not found on the host\(problem.map { ": \($0)" } ?? "").",
      hint: "Run `which llamafactory-cli` on the host, and set LLAMAFACTORY_CLI_PATH to it, or CONDA_ENV.",
      origin: .host)
  }

  static func scriptMissing(_ path: String) -> DomainError {
    DomainError(
      .chatScriptMissing, "The chat script is not there on the host: \(path)",
      hint:
        "Set CHAT_SCRIPT_PATH to an absolute path on the host, or one within REMOTE_WORK_DIR; without it "
        + "Luthier's own script is used.",
      origin: .host)
  }

  static func workDirectoryMissing(_ path: String) -> DomainError {
    DomainError(
      .chatWorkDirectoryMissing, "The work folder is not there on the host: \(path)",
      hint: "Set REMOTE_WORK_DIR to the folder of LLaMA-Factory on the host, or leave it out.", origin: .host)
  }

  static func wrongPython(_ problem: String) -> DomainError {
    DomainError(
      .chatWrongPython, "The chat script ran with the wrong Python: \(problem)",
      hint: "Set CONDA_ENV or LUTHIER_TRAINER to the environment that has it, or install it there.",
      origin: .host)
  }

  static func modelMissing(_ path: String) -> DomainError {
    DomainError(
      .modelMissing, "The model's folder is not there on the host: \(path)",
      hint: "It was moved or deleted. List your models, and delete this one from the list.", origin: .host)
  }

  static let outOfMemory = DomainError(
    .chatOutOfMemory, "The memory of the host or its GPU does not hold the model.",
    hint: "Use a smaller model, wait for trainings to end, or free memory on the host.", origin: .host)

  static func noReply(_ printed: String) -> DomainError {
    DomainError(
      .chatNoReply, "No reply was found in what the chat script printed.",
      hint: "It must print {\"role\": \"assistant\", \"content\": …}. It printed: \(tail(printed))",
      origin: .host)
  }

  /// What a script said itself.
  static func said(code: String?, message: String, hint: String?, timeout: Double) -> DomainError {
    let hint = hint.map { tail($0) }
    switch code {
    case "timed_out": return timedOut(timeout)
    case "no_reply":
      return DomainError(
        .chatNoReply, "No reply was found in what llamafactory-cli chat printed.", hint: hint, origin: .host)
    case "command_missing": return DomainError(.chatCommandMissing, tail(message), hint: hint, origin: .host)
    case "wrong_python": return DomainError(.chatWrongPython, tail(message), hint: hint, origin: .host)
    case "model_missing": return DomainError(.modelMissing, tail(message), hint: hint, origin: .host)
    case "out_of_memory": return outOfMemory
    case "message_unsendable":
      return DomainError(.chatMessageUnsendable, tail(message), hint: hint, origin: .host)
    default:
      return DomainError(
        .chatFailed, "The chat script failed.",
        hint: "It said: \(tail(message))\(hint.map { " \($0)" } ?? "")", origin: .host)
    }
  }

  /// Read from how a script ended that printed no JSON: one of the user's own, or one that could not start.
  static func read(_ status: JobStatus, log: String, printed: String, script: String) -> DomainError {
    let said = log + "\n" + printed
    if status.why == "oom_kill" { return outOfMemory }
    for words in ["out of memory", "OutOfMemoryError", "Cannot allocate memory", "MemoryError"]
    where said.contains(words) { return outOfMemory }
    if let why = status.why, why.contains("working directory") {
      return workDirectoryMissing(String(why.split(separator: ":").last ?? "").drop { $0 == " " }.description)
    }
    for line in said.split(whereSeparator: \.isNewline).reversed() {
      if line.contains("No module named") { return wrongPython(tail(String(line))) }
      if line.contains("can't open file") { return scriptMissing(script) }
      if line.contains("command was not found or was not executable: llamafactory-cli")
        || line.contains("llamafactory-cli: command not found")
        || line.contains("No such file or directory: 'llamafactory-cli'")
      {
        return commandMissing(nil)
      }
      if line.contains("pexpect") && line.contains("TIMEOUT") || line.hasPrefix("Timeout exceeded") {
        return DomainError(
          .chatTimedOut, "The script's wait for llamafactory-cli chat timed out.",
          hint: "Set CHAT_TIMEOUT higher, or the time-out in your script.", origin: .host)
      }
    }
    if status.exitCode == 127 { return wrongPython("it could not be started") }
    if status.exitCode == 0 { return noReply(printed.isEmpty ? log : printed) }
    let how = status.exitCode.map { "code \($0)" } ?? status.signal.map { "signal \($0)" } ?? "no record"
    return DomainError(
      .chatFailed, "The chat script ended with \(how) and no reply.",
      hint: "Its last words: \(tail(log.isEmpty ? printed : log))", origin: .host)
  }

  /// The end of a text on one line, without control characters, at most 500 characters.
  static func tail(_ text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).suffix(8).map { line in
      String(
        String.UnicodeScalarView(
          line.unicodeScalars.filter { $0.value >= 32 && !(127...159).contains($0.value) }))
    }
    let joined = lines.filter { !$0.isEmpty }.joined(separator: " / ")
    return joined.isEmpty ? "nothing" : String(joined.suffix(500))
  }
}
