/// `GET /api/files/models/{model_id}/archive`: what is kept of a model in the server's store.
package struct ModelArchiveReply: Codable, Sendable {
  package let state: ModelArchiveState
  package let files: [ModelFileReply]
  /// Bytes of the files that are kept; with `archiving` and nothing kept before, of those on their way.
  package let size: Int64
  /// When it was whole.
  package let archivedAt: String?
  /// Bytes of the one that is being made, of `total`.
  package let done: Int64?
  package let total: Int64?
  /// Why the last try failed.
  package let problem: String?

  package init(
    state: ModelArchiveState, files: [ModelFileReply], size: Int64, archivedAt: String?, done: Int64?,
    total: Int64?, problem: String?
  ) {
    self.state = state
    self.files = files
    self.size = size
    self.archivedAt = archivedAt
    self.done = done
    self.total = total
    self.problem = problem
  }

  private enum CodingKeys: String, CodingKey {
    case state, files, size, archivedAt = "archived_at", done, total, problem
  }
}

/// `archiving` stands also while an earlier archive is kept.
package enum ModelArchiveState: String, WireEnum { case none, archiving, ready, failed }

/// An event of an archive that is being made: `progress`, or `end` with the archive or with a problem.
package struct ArchiveEvent: Codable, Sendable {
  package let done: Int64?
  package let total: Int64?
  /// At the end.
  package let archive: ModelArchiveReply?
  package let code: String?
  package let problem: String?
  package let hint: String?

  package init(
    done: Int64? = nil, total: Int64? = nil, archive: ModelArchiveReply? = nil, code: String? = nil,
    problem: String? = nil, hint: String? = nil
  ) {
    self.done = done
    self.total = total
    self.archive = archive
    self.code = code
    self.problem = problem
    self.hint = hint
  }
}

/// `POST /api/files/models/{model_id}/restore`.
package struct RestoreModelRequest: Codable, Sendable {
  /// Where to.
  package let hostID: String
  /// What to call the model there; left out: as the archived one is called.
  package let name: String?

  package init(hostID: String, name: String? = nil) {
    self.hostID = hostID
    self.name = name
  }

  private enum CodingKeys: String, CodingKey { case hostID = "host_id", name }
}

/// An event of a restore: `progress`, or `end` with the new model or with a problem.
package struct RestoreEvent: Codable, Sendable {
  package let done: Int64?
  package let total: Int64?
  /// At the end.
  package let model: ModelReply?
  package let code: String?
  package let problem: String?
  package let hint: String?

  package init(
    done: Int64? = nil, total: Int64? = nil, model: ModelReply? = nil, code: String? = nil,
    problem: String? = nil, hint: String? = nil
  ) {
    self.done = done
    self.total = total
    self.model = model
    self.code = code
    self.problem = problem
    self.hint = hint
  }
}
