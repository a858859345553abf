import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// What is kept of users' models in the server's store.
enum ModelArchiveActions {
  static func get(_ call: Call) async throws -> Response {
    try .json(try await call.services.archiving.standing(of: try await model(call)).wire)
  }

  /// Sends `progress` and `end` with the archive; who leaves ends nothing, and who asks again joins.
  static func archive(_ call: Call) async throws -> Response {
    let model = try await model(call)
    let archiving = call.services.archiving
    // What can be refused is refused before the stream begins.
    try await archiving.checkArchive(model)
    return .eventStream { writer in
      do {
        _ = try await archiving.archive(model) {
          try await writer.send(try event("progress", ArchiveEvent(done: $0.sent, total: $0.total), id: 0))
        }
        let end = ArchiveEvent(archive: try await archiving.standing(of: model).wire)
        try await writer.send(try event("end", end, id: 1))
      } catch let error as DomainError {
        let told = ArchiveEvent(code: error.code.rawValue, problem: error.message, hint: error.hint)
        try await writer.send(try event("end", told, id: 1))
      }
    }
  }

  static func remove(_ call: Call) async throws -> Response {
    let freed = try await call.services.archiving.remove(archiveOf: try await model(call))
    return try .json(DeletedModelReply(message: "The archive was removed.", freed: freed))
  }

  /// Sends `progress` and `end` with the new model, likewise.
  static func restore(_ call: Call) async throws -> Response {
    let body = try await call.body(RestoreModelRequest.self)
    let model = try await model(call)
    let host = try Models.hostID(body.hostID)
    let archiving = call.services.archiving
    try await archiving.checkRestore(model, to: host, name: body.name)
    return .eventStream { writer in
      do {
        let restored = try await archiving.restore(model, to: host, name: body.name) {
          try await writer.send(try event("progress", RestoreEvent(done: $0.sent, total: $0.total), id: 0))
        }
        try await writer.send(try event("end", RestoreEvent(model: restored.wire), id: 1))
      } catch let error as DomainError {
        let told = RestoreEvent(code: error.code.rawValue, problem: error.message, hint: error.hint)
        try await writer.send(try event("end", told, id: 1))
      }
    }
  }

  static func stopRestore(_ call: Call) async throws -> Response {
    try await call.services.archiving.stopRestore(try await model(call))
    return try .json(MessageReply(message: "The restore is being stopped."))
  }

  private static func model(_ call: Call) async throws -> ModelRecord {
    let id: ModelID = try call.identifier("The model")
    return try await call.services.catalog.model(id, of: try call.user.id)
  }
}

extension ModelArchiving.Standing {
  fileprivate var wire: ModelArchiveReply {
    let kept = ready ?? current
    let state: ModelArchiveState =
      if current != nil { .archiving } else if ready != nil { .ready } else if failed != nil {
        .failed
      } else { .none }
    return ModelArchiveReply(
      state: state,
      files: (ready?.files ?? []).map(\.modelFile).map {
        .init(name: $0.name, size: $0.size, modifiedAt: $0.modifiedAt.iso8601)
      }, size: kept?.size ?? 0, archivedAt: ready?.endedAt?.iso8601,
      done: current.map { progress?.sent ?? $0.storedBytes }, total: current?.size, problem: failed?.reason)
  }
}
