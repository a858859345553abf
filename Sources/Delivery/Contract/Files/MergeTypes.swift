/// `POST /api/models/{name}/merge`.
package struct MergeModelRequest: Codable, Sendable {
  /// What to call the merged model; left out: the adapter's name with `-merged`.
  package let name: String?

  package init(name: String? = nil) { self.name = name }
}

package enum MergePhase: String, WireEnum { case hashing, waiting, merging, writing }

/// An event of a merge: `progress`, or `end` with the model or with a problem.
package struct MergeEvent: Codable, Sendable {
  package let phase: MergePhase?
  /// Bytes that are read (`hashing`) or written (`writing`), of `total`.
  package let done: Int64?
  package let total: Int64?
  /// At the end.
  package let model: ModelReply?
  package let code: String?
  package let problem: String?
  package let hint: String?

  package init(
    phase: MergePhase? = nil, done: Int64? = nil, total: Int64? = nil, model: ModelReply? = nil,
    code: String? = nil, problem: String? = nil, hint: String? = nil
  ) {
    self.phase = phase
    self.done = done
    self.total = total
    self.model = model
    self.code = code
    self.problem = problem
    self.hint = hint
  }
}

/// `DELETE /api/files/models/{model_id}`.
package struct DeletedModelReply: Codable, Sendable {
  package let message: String
  /// Bytes on the host; 0 where the files stay.
  package let freed: Int64

  package init(message: String, freed: Int64) {
    self.message = message
    self.freed = freed
  }
}
