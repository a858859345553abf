import Domain

/// The errors of a host as callers see them: open codes, messages without paths, a hint to act on.
enum AgentError {
  /// What the agent refused.
  static func refused(_ refusal: FrameHead.Refusal) -> DomainError {
    let detail = "\(refusal.code): \(refusal.message)"
    func error(_ code: DomainError.Code, _ message: String, _ hint: String?) -> DomainError {
      DomainError(code, message, hint: hint, origin: .host, detail: detail)
    }
    return switch refusal.code {
    case "not_found": error(.notFound, "That file is not on the host.", "List what the host has.")
    case "outside_root":
      error(
        .forbidden, "The path is outside the folder that may be changed on the host.",
        "Use a path in the user data folder.")
    case "permission_denied":
      error(
        .hostFailed, "The host's user may not do that.",
        "Check the owner and the rights of the user data folder.")
    case "storage_full":
      error(
        .storageFull, "The host's disk is full.", "Delete old models or datasets on the host, then try again."
      )
    case "busy": error(.conflict, "A job still runs in that folder.", "Stop it first.")
    case "hash_mismatch":
      error(
        .hostFailed, "The file did not arrive whole on the host.",
        "Try again; if it stays so, upload it anew.")
    case "changed":
      error(
        .conflict, "The file changed while it was read.", "Try again when nothing writes to it any more.")
    case "too_large":
      error(.tooLarge, "That is too large for one request to the host.", "Ask for less at a time.")
    case "port_taken":
      error(
        .conflict, "This port is another program's.",
        "Choose another one, or leave it to the host to find one.")
    case "scheduler_away":
      error(
        .hostUnreachable, "The cluster's Slurm does not answer.",
        "Its jobs go on. Look at it there: scontrol ping.")
    case "scheduler_missing":
      error(
        .hostFailed, "Slurm is not installed on the cluster's login node.",
        "sbatch must be in the PATH of the user that the server logs in as.")
    case "not_submitted":
      // Slurm's words: of partitions, accounts and limits, for whoever asked for them.
      error(
        .clusterRefused, "Slurm did not take the job: \(refusal.message)",
        "Change partition, account, QOS, GPUs or the time, and submit it again.")
    case "invalid": error(.invalidInput, "The host cannot do that.", nil)
    default: error(.hostFailed, "The host could not do that.", "The server's log holds the host's own words.")
    }
  }

  static func unreachable(_ detail: String) -> DomainError {
    DomainError(
      .hostUnreachable, "The host is not connected.", hint: "Jobs on it go on. Try again in a moment.",
      origin: .host,
      detail: detail)
  }

  static func timedOut(_ operation: String) -> DomainError {
    DomainError(
      .timedOut, "The host did not answer in time.", hint: "Check its load and its disks, then try again.",
      origin: .host, detail: operation)
  }

  static func unreadable(_ detail: String) -> DomainError {
    DomainError(
      .hostFailed, "The host gave an answer that cannot be read.",
      hint: "The agent and the server must be of the same version.", origin: .host, detail: detail)
  }

  static let cancelled = DomainError(
    .hostFailed, "The request to the host was given up.", origin: .host, detail: "cancelled")
}
