package import Domain
import FoundationEssentials
package import SQLAccess

/// Models that scans of the hosts came upon.
package struct DiscoveredModelStore: DiscoveryStoring {
  /// How long a gone model is told of.
  private static let keptSeconds = 30.0 * 86_400

  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func models(visibleTo user: UserID?) async throws(DomainError) -> [DiscoveredModel] {
    try await database.reading { transaction in
      let condition: SQL = user.map { "user_id IS NULL OR user_id = \($0)" } ?? "user_id IS NULL"
      return try transaction.query(
        "\(DiscoveredModel.selection) WHERE \(condition) ORDER BY host_id, name, number"
      ).map(DiscoveredModel.init(row:))
    }
  }

  package func stage(
    ofFolder path: String, on host: HostID, visibleTo user: UserID
  ) async throws(DomainError) -> String? {
    try await database.reading { transaction in
      try transaction.first(
        """
        SELECT stage FROM discovered_models
        WHERE host_id = \(host) AND path = \(path) AND (user_id IS NULL OR user_id = \(user))
        """
      )?.get("stage")
    }
  }

  package func replace(
    _ models: [DiscoveredModel], of host: HostID, marksGone: Bool, at time: Timestamp
  ) async throws(DomainError) {
    let past = time.adding(seconds: -Self.keptSeconds)
    try await database.writing { transaction in
      var known: [String: ModelID] = [:]
      for row in try transaction.query(
        "SELECT id, path FROM discovered_models WHERE host_id = \(host)")
      {
        known[try row.get("path")] = try row.get("id")
      }
      for model in models {
        if let id = known.removeValue(forKey: model.scanned.path) {
          try transaction.execute(
            "UPDATE discovered_models SET \(SQL.assignments(try model.columns(with: id))) WHERE id = \(id)")
        } else {
          try transaction.execute(.insert(into: "discovered_models", try model.columns(with: model.id)))
        }
      }
      guard marksGone else { return }
      for id in known.values {
        try transaction.execute(
          "UPDATE discovered_models SET gone_at = \(time) WHERE id = \(id) AND gone_at IS NULL")
      }
      try transaction.execute(
        "DELETE FROM discovered_models WHERE host_id = \(host) AND gone_at < \(past)")
    }
  }

  package func forget(_ host: HostID) async throws(DomainError) {
    _ = try await database.writing { transaction in
      try transaction.execute("DELETE FROM discovered_models WHERE host_id = \(host)")
    }
  }
}

extension DiscoveredModel {
  static let selection: SQL = """
    SELECT id, host_id, user_id, path, private_path, name, kind, model_group, stage, base_model, model_type,
      template, has_template, size, modified_at, checkpoints, task_id, attempt, dataset_hashes, gone_at
    FROM discovered_models
    """

  fileprivate func columns(with id: ModelID) throws -> KeyValuePairs<String, any SQLConvertible> {
    let checkpoints = String(decoding: try JSONEncoder().encode(scanned.checkpoints), as: UTF8.self)
    return [
      "id": id, "host_id": hostID, "path": scanned.path, "user_id": owner,
      "private_path": scanned.privatePath, "name": scanned.name, "kind": scanned.kind,
      "model_group": scanned.group, "stage": scanned.stage, "base_model": scanned.baseModel,
      "model_type": scanned.modelType, "template": template, "has_template": scanned.hasChatTemplate,
      "size": scanned.size, "modified_at": scanned.modifiedAt, "checkpoints": checkpoints,
      "task_id": lineage?.taskID, "attempt": lineage?.attempt,
      "dataset_hashes": lineage?.datasetHashes.joined(separator: " "), "gone_at": Timestamp?.none,
    ]
  }

  init(row: Row) throws {
    let checkpoints: String = try row.get("checkpoints")
    let task: TaskID? = try row.get("task_id")
    let hashes: String? = try row.get("dataset_hashes")
    let attempt: Int? = try row.get("attempt")
    self.init(
      id: try row.get("id"), hostID: try row.get("host_id"), owner: try row.get("user_id"),
      scanned: ScannedModel(
        path: try row.get("path"), name: try row.get("name"), kind: try row.get("kind"),
        group: try row.get("model_group"), stage: try row.get("stage"), baseModel: try row.get("base_model"),
        modelType: try row.get("model_type"), hasChatTemplate: try row.get("has_template"),
        size: try row.get("size"), modifiedAt: try row.get("modified_at"),
        checkpoints: (try? JSONDecoder().decode(
          [ScannedModel.Checkpoint].self, from: Data(checkpoints.utf8))) ?? [],
        privatePath: try row.get("private_path")),
      template: try row.get("template"),
      lineage: task.map {
        ModelLineage(
          taskID: $0, attempt: attempt ?? 1,
          datasetHashes: (hashes ?? "").split(separator: " ").map(String.init))
      }, goneAt: try row.get("gone_at"))
  }
}
