/// Why a request was not done: a stable code, a message anyone may read, and a hint to act on.
///
/// `description` is safe to show; what helps only an operator goes into `detail`, which reaches the
/// log and nothing else.
package struct DomainError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// An open set: rooms may add their own.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
  }

  /// Which side is at fault, as the envelope says it.
  package enum Origin: String, Sendable { case luthier, host, upstream }

  /// What is wrong with one field of a request.
  package struct Fault: Sendable, Equatable {
    /// As the request names it, such as `slurm.minutes`.
    package let field: String
    package let message: String
    package let hint: String?

    package init(field: String, message: String, hint: String?) {
      self.field = field
      self.message = message
      self.hint = hint
    }
  }

  package let code: Code
  package let message: String
  package let hint: String?
  package let origin: Origin
  package let detail: String?
  /// Seconds after which it is worth trying again, where they are known.
  package let retryAfter: Int?
  /// For refused input: which fields of the request are at fault, where that is known.
  package let faults: [Fault]

  package init(
    _ code: Code, _ message: String, hint: String? = nil, origin: Origin = .luthier, detail: String? = nil,
    retryAfter: Int? = nil, faults: [Fault] = []
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.origin = origin
    self.detail = detail
    self.retryAfter = retryAfter
    self.faults = faults
  }

  package var description: String { message }
  package var debugDescription: String {
    "\(code.rawValue): \(message)" + (detail.map { " (\($0))" } ?? "")
  }
}

extension DomainError.Code {
  package static let invalidInput = Self("invalid_input")
  package static let unauthenticated = Self("unauthenticated")
  package static let forbidden = Self("forbidden")
  package static let notFound = Self("not_found")
  package static let conflict = Self("conflict")
  package static let tooLarge = Self("too_large")
  package static let unsupportedMedia = Self("unsupported_media_type")
  package static let quota = Self("quota_exceeded")
  package static let rateLimited = Self("rate_limited")
  package static let hostUnreachable = Self("host_unreachable")
  package static let hostFailed = Self("host_failed")
  /// Slurm does not take a job as it was asked for.
  package static let clusterRefused = Self("cluster_refused")
  package static let trainerMissing = Self("trainer_missing")
  package static let engineMissing = Self("engine_missing")
  package static let mergeFailed = Self("merge_failed")
  package static let mergeStopped = Self("merge_stopped")
  package static let archiveStopped = Self("archive_stopped")
  package static let modelMissing = Self("model_missing")
  package static let modelStartFailed = Self("model_start_failed")
  package static let upstreamFailed = Self("upstream_failed")
  /// A server that the caller named does not take the caller's key.
  package static let upstreamRefused = Self("upstream_refused")
  /// A server that the caller named does not answer.
  package static let upstreamUnreachable = Self("upstream_unreachable")
  package static let timedOut = Self("timed_out")
  /// The server's own database does not answer; it is looked for again with each request.
  package static let databaseUnreachable = Self("database_unreachable")
  /// Another server of this installation is, or was a moment ago, in charge of what was asked for.
  package static let notInCharge = Self("not_in_charge")
  package static let storageFull = Self("storage_full")
  /// The object store does not answer, or has too much to do.
  package static let storageUnreachable = Self("storage_unreachable")
  /// The object store says no: its operator has to look.
  package static let storageRefused = Self("storage_refused")
  package static let internalFault = Self("internal_error")
}

extension DomainError {
  package static func notFound(_ what: String) -> Self {
    Self(.notFound, "\(what) was not found.", hint: "List what you have, and check the identifier.")
  }

  /// - Parameter field: the field of the request that is at fault, as the request names it.
  package static func invalid(_ message: String, hint: String? = nil, field: String? = nil) -> Self {
    Self(
      .invalidInput, message, hint: hint,
      faults: field.map { [Fault(field: $0, message: message, hint: hint)] } ?? [])
  }

  /// - Parameter field: the field of the request that is at fault, as the request names it.
  package static func conflict(_ message: String, hint: String? = nil, field: String? = nil) -> Self {
    Self(
      .conflict, message, hint: hint,
      faults: field.map { [Fault(field: $0, message: message, hint: hint)] } ?? [])
  }
}
