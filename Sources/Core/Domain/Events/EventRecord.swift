/// Something that happened, as it is stored and sent: one global sequence, so that a page resumes
/// after the last number it saw and misses nothing.
package struct EventRecord: Sendable, Equatable {
  /// 1, 2, 3 … over the whole installation, in commit order.
  package let sequence: Int64
  package let event: NewEvent
  package let at: Timestamp

  package init(sequence: Int64, event: NewEvent, at: Timestamp) {
    self.sequence = sequence
    self.event = event
    self.at = at
  }
}

/// An event before it has a place in the sequence.
package struct NewEvent: Sendable, Equatable {
  /// An open set of names such as `task.changed`.
  package struct Kind: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let taskChanged = Self(rawValue: "task.changed")
    package static let taskProgress = Self(rawValue: "task.progress")
    package static let taskDeleted = Self(rawValue: "task.deleted")
    package static let datasetAdded = Self(rawValue: "dataset.added")
    package static let datasetDeleted = Self(rawValue: "dataset.deleted")
    package static let modelAdded = Self(rawValue: "model.added")
    package static let modelChanged = Self(rawValue: "model.changed")
    package static let modelMerging = Self(rawValue: "model.merging")
    package static let modelArchiving = Self(rawValue: "model.archiving")
    package static let modelDeleted = Self(rawValue: "model.deleted")
    package static let serviceChanged = Self(rawValue: "service.changed")
    package static let serviceLoading = Self(rawValue: "service.loading")
    package static let hostAdded = Self(rawValue: "host.added")
    package static let hostChanged = Self(rawValue: "host.changed")
    package static let hostRemoved = Self(rawValue: "host.removed")
    package static let hostConnected = Self(rawValue: "host.connected")
    package static let hostUnreachable = Self(rawValue: "host.unreachable")
    package static let pipelineChanged = Self(rawValue: "pipeline.changed")
    package static let pipelineProgress = Self(rawValue: "pipeline.progress")
    package static let pipelineNotice = Self(rawValue: "pipeline.notice")
    package static let pipelineDeleted = Self(rawValue: "pipeline.deleted")
  }

  package let kind: Kind
  /// Who may see it; nil: everyone with a login.
  package let userID: UserID?
  /// The identifier of what it is about.
  package let subject: String
  package let fields: [String: Field]

  package enum Field: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case flag(Bool)
  }

  package init(kind: Kind, userID: UserID?, subject: String, fields: [String: Field] = [:]) {
    self.kind = kind
    self.userID = userID
    self.subject = subject
    self.fields = fields
  }
}
