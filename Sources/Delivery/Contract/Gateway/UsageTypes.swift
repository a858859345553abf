/// `GET /api/usage`.
package struct UsageReply: Codable, Sendable, Equatable {
  package let usage: [UsageEntry]
  package init(usage: [UsageEntry]) { self.usage = usage }
}

/// What one user used of one model on one day, with one key.
package struct UsageEntry: Codable, Sendable, Equatable {
  /// `2026-11-21`, UTC.
  package let day: String
  package let userID: String
  package let username: String
  /// Absent for a login's token.
  package let keyID: String?
  /// Absent too for a key that was deleted.
  package let keyName: String?
  package let model: String
  package let requests: Int
  package let failures: Int
  package let promptTokens: Int
  package let completionTokens: Int
  /// Requests whose tokens were estimated, since the backend said nothing.
  package let estimatedRequests: Int

  package init(
    day: String, userID: String, username: String, keyID: String?, keyName: String?, model: String,
    requests: Int, failures: Int, promptTokens: Int, completionTokens: Int, estimatedRequests: Int
  ) {
    self.day = day
    self.userID = userID
    self.username = username
    self.keyID = keyID
    self.keyName = keyName
    self.model = model
    self.requests = requests
    self.failures = failures
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.estimatedRequests = estimatedRequests
  }

  private enum CodingKeys: String, CodingKey {
    case day, userID = "user_id", username, keyID = "key_id", keyName = "key_name", model, requests, failures
    case promptTokens = "prompt_tokens", completionTokens = "completion_tokens"
    case estimatedRequests = "estimated_requests"
  }
}
