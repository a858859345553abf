package enum ModelKind: String, WireEnum { case base, adapter, merged, full }

/// A model in a user's list.
package struct ModelReply: Codable, Sendable {
  package let modelID: String
  package let name: String
  package let modelPath: String
  package let taskID: String?
  /// Bytes; null where it was never measured.
  package let size: Int64?
  package let createdAt: String
  package let kind: ModelKind
  package let baseModelPath: String?
  package let template: String
  package let hostID: String

  package init(
    modelID: String, name: String, modelPath: String, taskID: String?, size: Int64?, createdAt: String,
    kind: ModelKind, baseModelPath: String?, template: String, hostID: String
  ) {
    self.modelID = modelID
    self.name = name
    self.modelPath = modelPath
    self.taskID = taskID
    self.size = size
    self.createdAt = createdAt
    self.kind = kind
    self.baseModelPath = baseModelPath
    self.template = template
    self.hostID = hostID
  }

  private enum CodingKeys: String, CodingKey {
    case modelID = "model_id", name, modelPath = "model_path", taskID = "task_id", size
    case createdAt = "created_at", kind, baseModelPath = "base_model_path", template, hostID = "host_id"
  }
}

package struct ModelListReply: Codable, Sendable {
  package let models: [ModelReply]
  package init(models: [ModelReply]) { self.models = models }
}

/// A file of a model.
package struct ModelFileReply: Codable, Sendable {
  /// Its path within the model's folder: the `name` its download is asked for by.
  package let name: String
  package let size: Int64
  package let modifiedAt: String

  package init(name: String, size: Int64, modifiedAt: String) {
    self.name = name
    self.size = size
    self.modifiedAt = modifiedAt
  }

  private enum CodingKeys: String, CodingKey {
    case name, size, modifiedAt = "modified_at"
  }
}

package struct ModelFileListReply: Codable, Sendable {
  package let files: [ModelFileReply]
  package init(files: [ModelFileReply]) { self.files = files }
}

/// `POST /api/files/models`: adds a folder on a host by hand.
package struct AddModelRequest: Codable, Sendable {
  /// Defaults to the folder's name.
  package let name: String?
  package let modelPath: String
  /// For an adapter; read from its `adapter_config.json` where left out.
  package let baseModelPath: String?
  package let template: String?
  package let hostID: String?

  package init(
    name: String?, modelPath: String, baseModelPath: String? = nil, template: String? = nil,
    hostID: String? = nil
  ) {
    self.name = name
    self.modelPath = modelPath
    self.baseModelPath = baseModelPath
    self.template = template
    self.hostID = hostID
  }

  private enum CodingKeys: String, CodingKey {
    case name, modelPath = "model_path", baseModelPath = "base_model_path", template, hostID = "host_id"
  }
}

/// A model folder found on a host, not in anyone's list.
package struct FoundModelReply: Codable, Sendable {
  package let path: String
  package let kind: ModelKind
  package let baseModelPath: String?
  package let modelType: String?
  package let template: String
  package let size: Int64
  package let modifiedAt: String

  package init(
    path: String, kind: ModelKind, baseModelPath: String?, modelType: String?, template: String, size: Int64,
    modifiedAt: String
  ) {
    self.path = path
    self.kind = kind
    self.baseModelPath = baseModelPath
    self.modelType = modelType
    self.template = template
    self.size = size
    self.modifiedAt = modifiedAt
  }

  private enum CodingKeys: String, CodingKey {
    case path, kind, baseModelPath = "base_model_path", modelType = "model_type", template, size
    case modifiedAt = "modified_at"
  }
}

package struct FoundModelListReply: Codable, Sendable {
  package let models: [FoundModelReply]
  package init(models: [FoundModelReply]) { self.models = models }
}
