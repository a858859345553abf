/// How the connection to a host stands.
package struct HostConnection: Sendable {
  package enum State: String, Sendable {
    /// For the first time, or a moment after it was lost.
    case connecting
    case connected
    /// It does not answer; it is tried again and again.
    case unreachable
    /// It answers and does not let us in, or shows another key: somebody has to do something.
    case refused
  }

  package let state: State
  /// Why it is not connected.
  package let problem: DomainError?
  /// Fingerprints of the recorded host keys; none where there is no SSH between.
  package let fingerprints: [String]
  /// Another key's than the recorded ones, which the host showed.
  package let offeredFingerprint: String?

  package init(
    state: State, problem: DomainError? = nil, fingerprints: [String] = [], offeredFingerprint: String? = nil
  ) {
    self.state = state
    self.problem = problem
    self.fingerprints = fingerprints
    self.offeredFingerprint = offeredFingerprint
  }
}

/// What a try of a host found.
package struct HostTrial: Sendable {
  /// Of the keys it showed.
  package let fingerprints: [String]
  package let facts: HostFacts?
  package let trainer: TrainerFacts?
  /// Why it could not be connected; `facts` and `trainer` are nil then.
  package let problem: DomainError?
  /// Of a cluster: what its Slurm says; nil where that could not be asked.
  package let cluster: ClusterFacts?
  /// Of a cluster: why no job can be handed to it, and what to do.
  package let obstacle: (message: String, cure: String?)?

  package init(
    fingerprints: [String], facts: HostFacts?, trainer: TrainerFacts?, problem: DomainError?,
    cluster: ClusterFacts? = nil, obstacle: (message: String, cure: String?)? = nil
  ) {
    self.cluster = cluster
    self.obstacle = obstacle
    self.fingerprints = fingerprints
    self.facts = facts
    self.trainer = trainer
    self.problem = problem
  }
}

/// A host key's fingerprint as OpenSSH writes it.
package enum HostKeyFingerprint {
  /// Throws `invalid_input` for anything else than `SHA256:` and 43 characters of base64.
  package static func check(_ text: String) throws(DomainError) {
    let digits = text.utf8.dropFirst("SHA256:".utf8.count)
    guard text.hasPrefix("SHA256:"), digits.count == 43, digits.allSatisfy(isBase64) else {
      throw .invalid("This is no fingerprint.", hint: "Give the whole of it: SHA256: and 43 characters.")
    }
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
      true
    default: false
    }
  }
}
