import Contract
import Domain
import HTTPServing
import Services

/// Users' models.
enum Models {
  static func list(_ call: Call) async throws -> Response {
    let models = try await call.services.catalog.list(of: try call.user.id)
    return try .json(ModelListReply(models: models.map(\.wire)))
  }

  static func available(_ call: Call) async throws -> Response {
    let models = try await call.services.catalog.available(to: try call.user.id)
    return try .json(ModelListReply(models: models.map(\.wire)))
  }

  static func get(_ call: Call) async throws -> Response {
    let id: ModelID = try call.identifier("The model")
    return try .json(try await call.services.catalog.model(id, of: try call.user.id).wire)
  }

  static func delete(_ call: Call) async throws -> Response {
    let id: ModelID = try call.identifier("The model")
    let runtime = call.services.runtime
    let user = try call.user.id
    let model = try await call.services.catalog.model(id, of: user)
    let freed = try await call.services.catalog.delete(id, of: user) { await runtime.unload($0) }
    // A job that the user had begun for it would hold its node in the cluster until it is idle for long enough.
    for service in await runtime.list(for: user)
    where service.isClusterJob && service.hostID == model.hostID && service.modelPath == model.path {
      _ = try? await runtime.stop(service.id, for: user)
    }
    await call.services.archiving.forget(id)
    let message =
      freed > 0
      ? "The model was taken off the list, and its folder was removed."
      : "The model was taken off the list. Its files are still there."
    return try .json(DeletedModelReply(message: message, freed: freed))
  }

  static func add(_ call: Call) async throws -> Response {
    let body = try await call.body(AddModelRequest.self)
    let model = try await call.services.catalog.add(
      path: body.modelPath, name: body.name, baseModel: body.baseModelPath, template: body.template,
      engine: body.engine?.engine, hostID: try body.hostID.map(hostID), for: try call.user.id)
    return try .json(model.wire)
  }

  static func change(_ call: Call) async throws -> Response {
    let body = try await call.body(ChangeModelRequest.self)
    let id: ModelID = try call.identifier("The model")
    let change = ModelCatalog.Change(name: body.name, engine: body.engine.map(\.engine))
    return try .json(try await call.services.catalog.change(id, change, of: try call.user.id).wire)
  }

  static func shared(_ call: Call) async throws -> Response {
    let found = try await call.services.catalog.shared(on: nil)
    return try .json(
      FoundModelListReply(
        models: found.map {
          FoundModelReply(
            path: $0.path, kind: $0.kind.wire, baseModelPath: $0.baseModel, modelType: $0.modelType,
            template: call.services.catalog.template(of: $0), size: $0.size,
            modifiedAt: $0.modifiedAt.iso8601)
        }))
  }

  static func hostID(_ text: String) throws(DomainError) -> HostID {
    guard let id = HostID(checking: text) else { throw .notFound("The host") }
    return id
  }
}
