import Contract
import Domain
import HTTPWire

// Domain to Contract, without logic: a rename on one side cannot leak to the other.

extension UserAccount.Role {
  var wire: UserRole { self == .administrator ? .admin : .user }
}

extension UserAccount {
  var wire: UserReply {
    UserReply(
      userID: id.rawValue, username: username, email: email, role: role.wire, createdAt: createdAt.iso8601)
  }
}

extension APIKeyRecord {
  /// `text`: the key itself, only right after it was made.
  func wire(text: String? = nil) -> KeyReply {
    KeyReply(
      keyID: id.rawValue, name: name, prefix: prefix, createdAt: createdAt.iso8601,
      lastUsedAt: lastUsedAt?.iso8601, key: text,
      requestsPerMinute: limits.requestsPerMinute, tokensPerDay: limits.tokensPerDay)
  }
}

extension DatasetRecord {
  var wire: DatasetReply {
    DatasetReply(
      fileID: id.rawValue, filename: filename, name: name, version: version, filePath: path, size: size,
      createdAt: createdAt.iso8601, format: format, rows: rows, problemCount: problemCount,
      contentHash: contentHash)
  }
}

extension ModelRecord.Kind {
  var wire: ModelKind {
    switch self {
    case .base: .base
    case .adapter: .adapter
    case .merged: .merged
    case .full: .full
    }
  }
}

extension ModelRecord {
  var wire: ModelReply {
    ModelReply(
      modelID: id.rawValue, name: name, modelPath: path, taskID: taskID?.rawValue, size: size,
      createdAt: createdAt.iso8601, kind: kind.wire, baseModelPath: baseModel, template: template,
      hostID: hostID.rawValue, engine: ModelEngineChoice(engine), mergedFrom: mergedFrom?.rawValue,
      frees: ownsFolder ? size : nil)
  }
}

extension ModelEngineChoice {
  init(_ engine: ModelEngine?) {
    switch engine {
    case nil: self = .default
    case .llamafactory: self = .llamafactory
    case .vllm: self = .vllm
    }
  }

  /// Nil for the server's own choice.
  var engine: ModelEngine? {
    switch self {
    case .default: nil
    case .llamafactory: .llamafactory
    case .vllm: .vllm
    }
  }
}

extension ServiceRecord {
  var wire: ServiceReply {
    let status: ServiceStatus =
      switch state {
      case .starting: .starting
      case .ready: .ready
      case .stopping: .stopping
      case .stopped: .stopped
      case .failed: .failed
      }
    return ServiceReply(
      serviceID: id.rawValue, modelPath: modelPath, baseModelPath: baseModel, hostID: hostID.rawValue,
      status: status, port: port, createdAt: createdAt.iso8601, lastUsedAt: lastUsedAt.iso8601,
      reason: reason)
  }
}

extension EventRecord {
  var wire: EventReply {
    let fields = event.fields.mapValues { field -> JSONValue in
      switch field {
      case .text(let value): .string(value)
      case .integer(let value): .integer(value)
      case .number(let value): .number(value)
      case .flag(let value): .bool(value)
      }
    }
    return EventReply(
      sequence: sequence, kind: event.kind.rawValue, subject: event.subject, at: at.iso8601, fields: fields)
  }
}
