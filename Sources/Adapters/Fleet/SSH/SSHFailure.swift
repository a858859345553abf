import Domain

/// Reads what `ssh` wrote before it gave up.
///
/// Its exit code says nothing (255 for everything), so its words are all there is. Every reading has the code
/// `host_unreachable`: jobs on the host go on, and none of it is a task's failure.
enum SSHFailure {
  /// Whether another attempt soon would only be another refusal, and could lock the account.
  static func isRefusal(_ text: String) -> Bool {
    text.contains("Permission denied") || text.contains("Too many authentication failures")
      || isHostKeyProblem(text)
  }

  /// Whether the host was offered keys and took none.
  static func isRefusedKey(_ text: String) -> Bool {
    text.contains("Permission denied (") && !isHostKeyProblem(text)
  }

  static func isChangedKey(_ text: String) -> Bool { text.contains("HOST IDENTIFICATION HAS CHANGED") }

  static func isHostKeyProblem(_ text: String) -> Bool {
    isChangedKey(text) || text.contains("Host key verification failed")
  }

  /// - Parameters:
  ///   - text: the error output of `ssh`.
  ///   - recorded: the fingerprint known so far, where the key changed.
  static func error(from text: String, recorded: String? = nil, usesPassword: Bool = false) -> DomainError {
    func error(_ message: String, _ hint: String?) -> DomainError {
      DomainError(.hostUnreachable, message, hint: hint, origin: .host, detail: String(text.suffix(2_000)))
    }
    if isChangedKey(text) {
      let offered = fingerprint(in: text) ?? "unknown"
      return error(
        "The host shows another host key than before: recorded \(recorded ?? "unknown"), shown \(offered).",
        "If the host was installed anew, check the shown fingerprint on it, then: luthier host trust HOST FINGERPRINT "
          + "(docs/hosts.md, \"Host keys\"). If not, somebody may be between you and it.")
    }
    if text.contains("Host key verification failed") {
      return error(
        "The host's key is not known and may not be recorded.",
        "Check StrictHostKeyChecking and the jump hosts in ~/.ssh/config; connect once by hand: ssh HOST")
    }
    if text.contains("Permission denied") || text.contains("Too many authentication failures") {
      if text.contains("incorrect passphrase") || text.contains("read_passphrase") {
        return error(
          "The SSH key is protected by a passphrase that is not known.",
          "Put the passphrase into SSH_PASSWORD, or load the key into an ssh-agent.")
      }
      if text.contains("bad permissions") || text.contains("UNPROTECTED PRIVATE KEY FILE") {
        return error(
          "The SSH key's file can be read by others, so ssh refuses it.", "chmod 600 on the key file.")
      }
      if text.contains("no such identity") || text.contains("not accessible") {
        return error("The SSH key's file is not there.", "Check SSH_KEY_PATH.")
      }
      return usesPassword
        ? error("The host refused the user name or the password.", "Check SSH_USERNAME and SSH_PASSWORD.")
        : error(
          "The host refused the key.",
          "Check SSH_USERNAME and SSH_KEY_PATH, and that the public key is in the host's ~/.ssh/authorized_keys; a "
            + "key with a passphrase needs an ssh-agent or SSH_PASSWORD.")
    }
    let readings: [(String, String, String?)] = [
      ("Could not resolve hostname", "The host's name is not known.", "Check SSH_HOST."),
      (
        "Connection refused", "Nothing listens for SSH at that address.",
        "Check SSH_HOST and SSH_PORT, and that sshd runs on the host."
      ),
      ("timed out", "The host did not answer in time.", "Check SSH_HOST, the network and its firewall."),
      (
        "not responding", "The connection to the host was lost: it no longer answered.",
        "Jobs on it go on. It is tried again by itself."
      ),
      ("No route to host", "The host cannot be reached from here.", "Check the network."),
      ("Network is unreachable", "The host cannot be reached from here.", "Check the network."),
      (
        "no matching", "The host and this machine have no SSH algorithm in common.",
        "Update OpenSSH on the host, or name the algorithm in ~/.ssh/config."
      ),
      ("Bad configuration option", "The SSH configuration cannot be read.", "Check ~/.ssh/config."),
      (
        "Connection reset", "The host closed the connection.",
        "Too many at once (MaxStartups), or a firewall. It is tried again by itself."
      ),
      (
        "Connection closed", "The host closed the connection.",
        "It is tried again by itself. If it stays so, look at the host's sshd log."
      ),
    ]
    for (words, message, hint) in readings where text.contains(words) { return error(message, hint) }
    return error("The SSH connection ended.", "Jobs on the host go on. It is tried again by itself.")
  }

  /// A certificate whose time is not now: the host does not tell it from any other refused key.
  static func error(for problem: SSHCertificates.Problem, detail: String) -> DomainError {
    let (message, hint) =
      switch problem {
      case .expired(let end):
        ("The SSH certificate expired on \(end) UTC.", "Have the key signed anew, or get a new certificate.")
      case .notYetValid(let start):
        (
          "The SSH certificate is valid only from \(start) UTC on.",
          "Check this machine's clock, or have the key signed anew."
        )
      }
    return DomainError(
      .hostUnreachable, message, hint: hint, origin: .host, detail: String(detail.suffix(2_000)))
  }

  static let noSecondSession = DomainError(
    .hostFailed, "The host allows only one session on its connection, and files need one of their own.",
    hint: "Raise MaxSessions in the host's sshd_config to 10.", origin: .host)

  static let missingClient = DomainError(
    .hostUnreachable, "The SSH client is missing on this machine.",
    hint: "Install it: apt-get install openssh-client", origin: .host)

  static let tooSlow = DomainError(
    .hostUnreachable, "The login to the host took too long.",
    hint: "Check the host's load, its name service, and jump hosts.", origin: .host)

  /// The fingerprint that the host showed.
  static func fingerprint(in text: String) -> String? {
    text.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\r" })
      .first { $0.hasPrefix("SHA256:") }
      .map { $0.last == "." ? String($0.dropLast()) : String($0) }
  }

  /// The line in the file of known hosts that a changed key contradicts, from 1.
  static func offendingLine(in text: String) -> Int? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Offending") }) else {
      return nil
    }
    let digits = line.split(whereSeparator: { $0 == ":" || $0 == "\r" }).last
    return digits.flatMap { Int($0) }
  }
}
