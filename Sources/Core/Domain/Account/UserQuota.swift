/// What one account may hold and use; nil is no limit of its own.
package struct UserQuota: Sendable, Equatable {
  /// Bytes of its datasets and of the models that it made.
  package var storageBytes: Int64?
  /// Tasks that have not ended, waiting ones too.
  package var tasks: Int?
  package var requestsPerMinute: Int?
  /// Of a day in UTC, prompt and completion together.
  package var tokensPerDay: Int?

  package init(
    storageBytes: Int64? = nil, tasks: Int? = nil, requestsPerMinute: Int? = nil, tokensPerDay: Int? = nil
  ) {
    self.storageBytes = storageBytes
    self.tasks = tasks
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerDay = tokensPerDay
  }

  /// These limits, and where there is none, those of `others`.
  package func over(_ others: UserQuota) -> UserQuota {
    UserQuota(
      storageBytes: storageBytes ?? others.storageBytes, tasks: tasks ?? others.tasks,
      requestsPerMinute: requestsPerMinute ?? others.requestsPerMinute,
      tokensPerDay: tokensPerDay ?? others.tokensPerDay)
  }

  /// What is told to who has as many unfinished tasks as the account may.
  package static func tasksExceeded(held: Int, most: Int) -> DomainError {
    DomainError(
      .quota, "Your account may have \(most) unfinished tasks, and has \(held).",
      hint: "Wait until one ends, or cancel one; an administrator can raise the limit.")
  }

  /// What is told to who would store more than there is room for.
  package static func storageExceeded(room: Int64) -> DomainError {
    DomainError(
      .quota,
      room > 0
        ? "The file is larger than the \(room) bytes that your account may still store."
        : "Your account has stored as much as it may.",
      hint: "Delete datasets or models that you do not need; an administrator can raise the limit.")
  }

  /// What is told to who would archive a model that there is no room for.
  package static func archiveExceeds(_ size: Int64, room: Int64) -> DomainError {
    DomainError(
      .quota,
      "The model has \(size) bytes, and your account may still store \(room).",
      hint: "Delete datasets, models or archives that you do not need; an administrator can raise the limit.")
  }

  /// What of it the gateway counts.
  package var use: UseLimits { UseLimits(requestsPerMinute: requestsPerMinute, tokensPerDay: tokensPerDay) }
}

/// What an account holds at present.
package struct UserHoldings: Sendable, Equatable {
  package var datasets = 0
  package var models = 0
  /// Of its datasets, of the models that it made, and of the documents of its indexes.
  package var storageBytes: Int64 = 0
  package var tasks = 0
  /// Tasks that have not ended.
  package var unfinishedTasks = 0

  package init() {}
}

/// What an administrator changes of an account; nil leaves as it is.
package struct UserChange: Sendable, Equatable {
  package var role: UserAccount.Role?
  package var isDisabled: Bool?
  /// Replaces every limit.
  package var quota: UserQuota?
  package var passwordHash: String?
  /// Whether every token of the account ends.
  package var endsTokens = false

  package init() {}
}
