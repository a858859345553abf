import Domain
import SQLAccess

extension SQLTransaction {
  func insert(_ model: ModelRecord) throws {
    try execute(
      .insert(
        into: "models",
        [
          "id": model.id, "user_id": model.userID, "name": model.name, "kind": model.kind,
          "host_id": model.hostID, "path": model.path, "base_model": model.baseModel,
          "template": model.template, "system_prompt": model.systemPrompt, "task_id": model.taskID,
          "size": model.size, "engine": model.engine, "merged_from": model.mergedFrom,
          "created_at": model.createdAt,
        ]))
  }

  /// Stores a model unless one of its task and path is there; tells whether it did.
  func register(_ model: ModelRecord) throws -> Bool {
    let known = try first(
      "SELECT id FROM models WHERE task_id = \(model.taskID) AND path = \(model.path)")
    if known != nil { return false }
    try insert(model)
    return true
  }
}

extension ModelRecord {
  static let selection: SQL = """
    SELECT id, user_id, name, kind, host_id, path, base_model, template, system_prompt, task_id, size,
      engine, merged_from, created_at
    FROM models
    """

  init(row: Row) throws {
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), name: try row.get("name"),
      kind: try row.get("kind"), hostID: try row.get("host_id"), path: try row.get("path"),
      baseModel: try row.get("base_model"), template: try row.get("template"),
      systemPrompt: try row.get("system_prompt"), taskID: try row.get("task_id"), size: try row.get("size"),
      engine: try row.get("engine"), mergedFrom: try row.get("merged_from"),
      createdAt: try row.get("created_at"))
  }
}
