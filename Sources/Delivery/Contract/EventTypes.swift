/// One event of `GET /api/events`; its sequence number is the SSE `id`.
package struct EventReply: Codable, Sendable {
  package let sequence: Int64
  /// Such as `task.changed`, `task.progress`, `model.added`.
  package let kind: String
  /// The identifier of what it is about.
  package let subject: String
  package let at: String
  package let fields: [String: JSONValue]

  package init(sequence: Int64, kind: String, subject: String, at: String, fields: [String: JSONValue]) {
    self.sequence = sequence
    self.kind = kind
    self.subject = subject
    self.at = at
    self.fields = fields
  }
}
