/// One of the servers that share a database, from its start to its end; one that starts again is another.
package struct ServerRecord: Sendable, Equatable {
  package let id: ServerID
  /// Its machine's name, for people.
  package let name: String
  /// Where the other servers reach it, such as `http://10.0.0.2:8000`.
  package let url: String
  package let version: String

  package init(id: ServerID = .make(), name: String, url: String, version: String) {
    self.id = id
    self.name = name
    self.url = url
    self.version = version
  }
}

/// A server as the database knows it.
package struct SeenServer: Sendable, Equatable {
  package let record: ServerRecord
  /// Milliseconds since it was heard last, by the database's clock.
  package let silence: Int64

  package init(record: ServerRecord, silence: Int64) {
    self.record = record
    self.silence = silence
  }
}

/// What a server can be in charge of.
package struct LeaseSubject: Sendable, Hashable {
  package let kind: String
  package let subject: String

  package init(kind: String, subject: String) {
    self.kind = kind
    self.subject = subject
  }

  /// All that goes on by itself: hosts and their queues, tasks, pipelines, model services, sweeps.
  package static let work = LeaseSubject(kind: "work", subject: "all")
}

/// Who is in charge of something, as the database knows it.
package struct LeaseRecord: Sendable, Equatable {
  package let subject: LeaseSubject
  /// Nil where it was given back.
  package let server: ServerID?
  /// Of the last holder; each holder's is greater than the one's before.
  package let token: Int64
  /// Milliseconds, by the database's clock; 0 and less: it is anyone's.
  package let remaining: Int64

  package init(subject: LeaseSubject, server: ServerID?, token: Int64, remaining: Int64) {
    self.subject = subject
    self.server = server
    self.token = token
    self.remaining = remaining
  }
}

/// What tells one installation from another; all its servers have the same.
package struct InstallationFacts: Sendable, Equatable {
  /// Random, made by the first server; a file of this content lies in the folder of users' files.
  package let mark: String
  /// Of the secret key, which it does not tell.
  package let secretCheck: String
  /// The machine that is the host `local`.
  package let machine: String

  package init(mark: String, secretCheck: String, machine: String) {
    self.mark = mark
    self.secretCheck = secretCheck
    self.machine = machine
  }
}

extension DomainError {
  /// A write came after another server had taken over, or nobody is in charge at the moment.
  package static func notInCharge(detail: String? = nil) -> Self {
    Self(
      .notInCharge, "Another server is taking over.",
      hint: "Try again in a few seconds.", detail: detail, retryAfter: 2)
  }
}
