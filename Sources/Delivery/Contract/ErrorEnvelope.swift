/// The one shape of every error: `{"error": "…", "code": "…", "hint": "…", "origin": "…"}`.
package struct ErrorEnvelope: Codable, Sendable, Equatable {
  /// In words, safe to show.
  package let error: String
  /// Stable; programs decide by it.
  package let code: String
  /// What to do about it.
  package let hint: String?
  /// `luthier`, `host` or `upstream`.
  package let origin: String
  /// Which request it was, as in the `X-Request-ID` field.
  package let requestID: String?
  /// For refused input: which field and why, one entry for each.
  package let fields: [FieldError]?

  package struct FieldError: Codable, Sendable, Equatable {
    package let field: String
    package let message: String
    package let hint: String?

    package init(field: String, message: String, hint: String? = nil) {
      self.field = field
      self.message = message
      self.hint = hint
    }
  }

  package init(
    error: String, code: String, hint: String? = nil, origin: String = "luthier", requestID: String? = nil,
    fields: [FieldError]? = nil
  ) {
    self.error = error
    self.code = code
    self.hint = hint
    self.origin = origin
    self.requestID = requestID
    self.fields = fields
  }

  private enum CodingKeys: String, CodingKey {
    case error, code, hint, origin, requestID = "request_id", fields
  }
}

/// An answer that only says what was done.
package struct MessageReply: Codable, Sendable, Equatable {
  package let message: String
  package init(message: String) { self.message = message }
}

/// A closed set of words on the wire.
package protocol WireEnum: RawRepresentable<String>, CaseIterable, Codable, Sendable {}

/// `GET /api/health`.
package struct HealthReply: Codable, Sendable, Equatable {
  package let database: String
  /// `ok`, or `degraded` where the database does not answer.
  package let status: String
  package let uptimeSeconds: Double
  package let version: String

  package init(status: String, version: String, uptimeSeconds: Double, database: String) {
    self.status = status
    self.version = version
    self.uptimeSeconds = uptimeSeconds
    self.database = database
  }

  private enum CodingKeys: String, CodingKey {
    // In the order in which they are written: asked for by every balancer, every few seconds.
    case database, status, uptimeSeconds = "uptime_seconds", version
  }
}
