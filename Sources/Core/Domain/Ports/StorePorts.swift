/// Users and their keys.
package protocol UserStoring: Sendable {
  /// Stores a new user; the first one of all becomes administrator whatever `user.role` says, and
  /// two first registrations at once still make one administrator. Returns what was stored.
  /// Throws `conflict` (message names the field) where the name or address is taken (compared
  /// without case), and `forbidden` where only the first may come and this is another.
  func insert(_ user: UserAccount, onlyFirst: Bool) async throws(DomainError) -> UserAccount
  func user(_ id: UserID) async throws(DomainError) -> UserAccount?
  /// By user name or e-mail address, without case.
  func user(named login: String) async throws(DomainError) -> UserAccount?
  /// The common guest, made where it is not there: never an administrator, and under a name that nobody
  /// can type.
  func guest(at: Timestamp) async throws(DomainError) -> UserAccount
  /// Raises the token generation, which ends every token of the user; returns the new one.
  func endTokens(of id: UserID) async throws(DomainError) -> Int
  /// Accounts in the order in which they were made, without the guest's; `text` is part of a name or an address.
  func users(matching text: String?, limit: Int) async throws(DomainError) -> [UserAccount]
  /// Throws `not_found`, and `conflict` where no administrator would be left who can come in.
  func change(_ id: UserID, _ change: UserChange) async throws(DomainError) -> UserAccount
}

/// What accounts hold, over everything that is stored.
package protocol UserHoldingsReading: Sendable {
  /// Of every account, or of one; who holds nothing may be left out.
  func holdings(of user: UserID?) async throws(DomainError) -> [UserID: UserHoldings]
}

/// API keys, by their hash.
package protocol APIKeyStoring: Sendable {
  func insert(_ key: APIKeyRecord) async throws(DomainError)
  func keys(of user: UserID) async throws(DomainError) -> [APIKeyRecord]
  func key(hash: String) async throws(DomainError) -> APIKeyRecord?
  func touch(_ id: APIKeyID, at: Timestamp) async throws(DomainError)
  /// False where the user has no such key.
  func delete(_ id: APIKeyID, owner: UserID) async throws(DomainError) -> Bool
}

/// Datasets.
///
/// `owner` is part of the query: another user's row is not found.
package protocol DatasetStoring: Sendable {
  /// Stores it as the next version of its name, whatever its own `version` says.
  ///
  /// Throws `conflict` where the user has a dataset of that filename, and `quota_exceeded` where it would be more than
  /// `mostBytes` with all that the user has stored; nil is no limit.
  func insert(_ dataset: DatasetRecord, event: NewEvent, mostBytes: Int64?) async throws(DomainError)
    -> EventRecord
  func dataset(_ id: DatasetID, owner: UserID) async throws(DomainError) -> DatasetRecord?
  func dataset(filename: String, owner: UserID) async throws(DomainError) -> DatasetRecord?
  /// Those that were uploaded under the name, newest first.
  func versions(of name: String, owner: UserID) async throws(DomainError) -> [DatasetRecord]
  /// The number of the newest version that there ever was under the name, deleted ones too; 0 before the first.
  func newestVersion(of name: String, owner: UserID) async throws(DomainError) -> Int
  /// Newest first.
  func datasets(owner: UserID) async throws(DomainError) -> [DatasetRecord]
  /// Deletes the row unless an unfinished task uses it, and notes what is to be removed on hosts, in one transaction;
  /// `inUse` lists those tasks.
  func delete(_ id: DatasetID, owner: UserID, event: NewEvent, removing: [Removal]) async throws(DomainError)
    -> DatasetDeletion
}

/// Uploads that come in parts.
///
/// `owner` is part of the query: another user's row is not found.
package protocol UploadStoring: Sendable {
  func insert(_ upload: PartialUpload) async throws(DomainError)
  /// `owner` nil: whoever's.
  func upload(_ id: UploadID, owner: UserID?) async throws(DomainError) -> PartialUpload?
  /// Newest first, those that became datasets too.
  func uploads(owner: UserID) async throws(DomainError) -> [PartialUpload]
  /// Notes that it was used now, and with `dataset` what it became.
  func touch(_ id: UploadID, at: Timestamp, dataset: DatasetID?) async throws(DomainError)
  func delete(_ id: UploadID) async throws(DomainError)
  /// Those that were last used before `time`.
  func untouched(since time: Timestamp) async throws(DomainError) -> [PartialUpload]
}

/// How a deletion went.
package enum DatasetDeletion: Sendable, Equatable {
  case deleted(DatasetRecord, EventRecord)
  case inUse([TaskID])
  case missing
}

/// What one step of a task writes, all or nothing.
package struct TaskChange: Sendable, Equatable {
  package var task: TaskRecord
  /// Inserted, or replaced where its number is there.
  package var attempt: AttemptRecord?
  /// The attempt before, where the change ended it and began the next.
  package var endedAttempt: AttemptRecord?
  /// Registered unless a model of that task and path is there already.
  package var model: ModelRecord?
  package var events: [NewEvent]
  /// Of a new task: how many unfinished ones its user may have with it; nil is no limit.
  package var mostUnfinished: Int?

  package init(
    task: TaskRecord, attempt: AttemptRecord? = nil, model: ModelRecord? = nil, events: [NewEvent] = [],
    mostUnfinished: Int? = nil
  ) {
    self.task = task
    self.attempt = attempt
    self.model = model
    self.events = events
    self.mostUnfinished = mostUnfinished
  }
}

/// Tasks and their attempts.
package protocol TaskStoring: Sendable {
  /// Stores a new task with its events, in one transaction that also checks that its datasets are
  /// still the user's (`not_found` otherwise). Where the user has a task with the same idempotency
  /// key, nothing is stored and that task is returned with no events. Throws `quota_exceeded` over
  /// `mostUnfinished`.
  func insert(_ change: TaskChange) async throws(DomainError) -> (task: TaskRecord, events: [EventRecord])
  /// `owner` nil: whoever's (the supervisor).
  func task(_ id: TaskID, owner: UserID?) async throws(DomainError) -> TaskRecord?
  /// Newest first; `owner` nil: everyone's.
  func tasks(owner: UserID?, states: [TaskState], limit: Int) async throws(DomainError) -> [TaskRecord]
  func attempts(of id: TaskID) async throws(DomainError) -> [AttemptRecord]
  /// Writes the change where the stored revision is `change.task.revision`, and raises it by one.
  /// Nil: another change came first, nothing was written. The returned task has the new revision.
  func update(_ change: TaskChange) async throws(DomainError) -> (task: TaskRecord, events: [EventRecord])?
  /// Deletes a finished task and its attempts, and notes what is to be removed on its host, in one
  /// transaction; nil where there is none that is finished.
  func delete(_ id: TaskID, owner: UserID, event: NewEvent, removing: [Removal]) async throws(DomainError)
    -> EventRecord?
  /// What the queue has to know of every task that has not ended, in one look.
  func queue() async throws(DomainError) -> [QueueEntry]
}

/// What tasks were asked for, which stays as it was submitted.
package protocol TaskArgumentReading: Sendable {
  /// The arguments of those of the tasks that are there, as JSON.
  func arguments(of tasks: [TaskID]) async throws(DomainError) -> [TaskID: String]
}

/// How many tasks there are, for whoever watches the server.
package protocol TaskCounting: Sendable {
  func counts() async throws(DomainError) -> TaskCounts
}

/// Everyone's tasks, counted.
package struct TaskCounts: Sendable, Equatable {
  /// A state without tasks may be left out.
  package let states: [TaskState: Int]
  /// Since when the queued task waits that waits longest.
  package let waitingSince: Timestamp?

  package init(states: [TaskState: Int], waitingSince: Timestamp?) {
    self.states = states
    self.waitingSince = waitingSince
  }
}

/// What is still to be removed on hosts: a deletion made while a host was away is done when it is back.
package protocol RemovalStoring: Sendable {
  /// Oldest first.
  func removals() async throws(DomainError) -> [Removal]
  func forget(_ removal: Removal) async throws(DomainError)
}

/// The users' lists of models.
package protocol ModelStoring: Sendable {
  func insert(_ model: ModelRecord, event: NewEvent) async throws(DomainError) -> EventRecord
  func model(_ id: ModelID, owner: UserID) async throws(DomainError) -> ModelRecord?
  /// Newest first.
  func models(owner: UserID) async throws(DomainError) -> [ModelRecord]
  /// Stores the name and the engine; nil where the user has no such model.
  func update(_ model: ModelRecord, event: NewEvent) async throws(DomainError) -> EventRecord?
  /// Removes the record, never the files; nil where the user has no such model.
  func delete(_ id: ModelID, owner: UserID, event: NewEvent) async throws(DomainError) -> EventRecord?
}

/// Models that scans of the hosts came upon.
package protocol DiscoveryStoring: Sendable {
  /// Those of everyone and the user's own, also the gone ones, by host and name; nil: everyone's only.
  func models(visibleTo user: UserID?) async throws(DomainError) -> [DiscoveredModel]
  /// What is known of a folder's stage, where it is everyone's or the user's own.
  func stage(ofFolder path: String, on host: HostID, visibleTo user: UserID) async throws(DomainError)
    -> String?
  /// Keeps what a scan found. Who was there before keeps its identifier; with `marksGone`, what is not among them is
  /// marked as gone at `time`, and forgotten a month later.
  func replace(_ models: [DiscoveredModel], of host: HostID, marksGone: Bool, at time: Timestamp)
    async throws(DomainError)
  func forget(_ host: HostID) async throws(DomainError)
}

/// Running model services, so that they are found again after a restart.
package protocol ServiceStoring: Sendable {
  func insert(_ service: ServiceRecord, event: NewEvent) async throws(DomainError) -> EventRecord
  /// Writes state, reason and last use.
  func update(_ service: ServiceRecord, event: NewEvent?) async throws(DomainError) -> EventRecord?
  /// Those that are not stopped or failed.
  func live() async throws(DomainError) -> [ServiceRecord]
  func delete(_ id: ServiceID) async throws(DomainError)
}

/// How long models took to load on a host, for the next one's expectation.
package protocol LoadTimeStoring: Sendable {
  /// Seconds, the newest loads counting most; nil for a model never loaded there.
  func expectedSeconds(of model: LoadSubject) async throws(DomainError) -> Double?
  func remember(_ seconds: Double, of model: LoadSubject, at: Timestamp) async throws(DomainError)
}

/// What is loaded where.
package struct LoadSubject: Sendable, Hashable {
  package let hostID: HostID
  package let engine: ModelEngine
  package let modelPath: String
  package let baseModel: String?

  package init(hostID: HostID, engine: ModelEngine, modelPath: String, baseModel: String?) {
    self.hostID = hostID
    self.engine = engine
    self.modelPath = modelPath
    self.baseModel = baseModel
  }
}

/// The event log.
package protocol EventStoring: Sendable {
  /// Stores an event of something that has no row of its own.
  func append(_ event: NewEvent, at time: Timestamp) async throws(DomainError) -> EventRecord
  /// Events after `sequence` that `user` may see (theirs and everyone's; nil: all), oldest first.
  func events(after sequence: Int64, visibleTo user: UserID?, limit: Int) async throws(DomainError)
    -> [EventRecord]
  /// Says something whenever there may be new events, of this server or another, until it is dropped; nil where the
  /// store cannot tell.
  func news() throws(DomainError) -> AsyncStream<Void>?
  /// The newest sequence number; 0 before the first event.
  func newestSequence() async throws(DomainError) -> Int64
  /// The oldest one still kept; a cursor before it cannot be replayed whole.
  func oldestSequence() async throws(DomainError) -> Int64
  /// Forgets events older than `time`, keeping the newest 10,000 at least.
  func prune(before time: Timestamp) async throws(DomainError)
}

extension EventStoring {
  package func news() throws(DomainError) -> AsyncStream<Void>? { nil }
}

extension DatasetStoring {
  /// A dataset, however much its user has stored.
  package func insert(_ dataset: DatasetRecord, event: NewEvent) async throws(DomainError) -> EventRecord {
    try await insert(dataset, event: event, mostBytes: nil)
  }
}

extension UserStoring {
  /// A new user, whoever was there before.
  package func insert(_ user: UserAccount) async throws(DomainError) -> UserAccount {
    try await insert(user, onlyFirst: false)
  }
}
