import Domain

extension UserAccount {
  static func sample(_ name: String, role: Role = .user) -> UserAccount {
    UserAccount(
      id: .make(), username: name, email: "\(name)@Example.org", passwordHash: "$argon2id$secret",
      role: role, tokenGeneration: 0, createdAt: Stores.now)
  }
}

extension DatasetRecord {
  static func sample(
    _ filename: String, of user: UserID, id: DatasetID = .make(), name: String? = nil
  ) -> DatasetRecord {
    DatasetRecord(
      id: id, userID: user, filename: filename, name: name, path: "/data/\(user)/datasets/\(filename)",
      size: 1 << 40,
      contentHash: "abc", format: "alpaca", rows: 7, problemCount: 1, report: #"{"preview":["it's"]}"#,
      createdAt: Stores.now)
  }
}

extension TaskRecord {
  static func sample(
    _ name: String, of user: UserID, datasets: [DatasetID] = [], state: TaskState = .pending,
    idempotencyKey: String? = nil
  ) -> TaskRecord {
    TaskRecord(
      id: .make(), userID: user, name: name, modelName: "Qwen/Qwen2.5-0.5B", datasetPath: "a.json",
      datasetIDs: datasets, epochs: 3, learningRate: 5e-5, batchSize: 4, arguments: "{}",
      template: "qwen", hostID: HostID(rawValue: "local"), outputDirectory: "/data/m",
      idempotencyKey: idempotencyKey, createdAt: Stores.now, state: state)
  }
}

extension AttemptRecord {
  static func sample(of task: TaskID, number: Int = 1, state: TaskState = .running) -> AttemptRecord {
    AttemptRecord(
      taskID: task, number: number, directory: "/data/m/attempts/\(number)", resumes: false, state: state,
      createdAt: Stores.now)
  }
}

extension ModelRecord {
  static func sample(_ name: String, of user: UserID, task: TaskID? = nil, path: String = "/m") -> ModelRecord
  {
    ModelRecord(
      id: .make(), userID: user, name: name, kind: .adapter, hostID: HostID(rawValue: "local"), path: path,
      baseModel: "base", template: "qwen", taskID: task, size: nil, createdAt: Stores.now)
  }
}

extension ServiceRecord {
  static func sample(of user: UserID, key: String = "sk-engine", state: State = .starting) -> ServiceRecord {
    ServiceRecord(
      id: .make(), userID: user, hostID: HostID(rawValue: "local"), modelPath: "/m", baseModel: nil,
      template: "qwen", directory: "/data/services/1", port: 8901, key: key, state: state,
      createdAt: Stores.now, lastUsedAt: Stores.now)
  }
}

extension NewEvent {
  static func sample(_ kind: Kind, of user: UserID?, _ subject: String = "x") -> NewEvent {
    NewEvent(kind: kind, userID: user, subject: subject)
  }
}
