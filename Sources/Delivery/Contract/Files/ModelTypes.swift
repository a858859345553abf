package enum ModelKind: String, WireEnum { case base, adapter, merged, full }

/// What serves a model; `default`: what the server's LUTHIER_MODEL_ENGINE says.
package enum ModelEngineChoice: String, WireEnum { case `default`, llamafactory, vllm }

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
  package let engine: ModelEngineChoice
  /// The model_id of the adapter that it was merged from.
  package let mergedFrom: String?
  /// Bytes on the host that go when it is deleted; left out where its files stay.
  package let frees: Int64?

  package init(
    modelID: String, name: String, modelPath: String, taskID: String?, size: Int64?, createdAt: String,
    kind: ModelKind, baseModelPath: String?, template: String, hostID: String, engine: ModelEngineChoice,
    mergedFrom: String? = nil, frees: Int64? = nil
  ) {
    self.mergedFrom = mergedFrom
    self.frees = frees
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
    self.engine = engine
  }

  private enum CodingKeys: String, CodingKey {
    case modelID = "model_id", name, modelPath = "model_path", taskID = "task_id", size
    case createdAt = "created_at", kind, baseModelPath = "base_model_path", template, hostID = "host_id",
      engine
    case mergedFrom = "merged_from", frees
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
  package let engine: ModelEngineChoice?

  package init(
    name: String?, modelPath: String, baseModelPath: String? = nil, template: String? = nil,
    hostID: String? = nil, engine: ModelEngineChoice? = nil
  ) {
    self.name = name
    self.modelPath = modelPath
    self.baseModelPath = baseModelPath
    self.template = template
    self.hostID = hostID
    self.engine = engine
  }

  private enum CodingKeys: String, CodingKey {
    case name, modelPath = "model_path", baseModelPath = "base_model_path", template, hostID = "host_id",
      engine
  }
}

/// `PATCH /api/files/models/{model_id}`: what is left out stays as it is.
package struct ChangeModelRequest: Codable, Sendable {
  package let name: String?
  package let engine: ModelEngineChoice?

  package init(name: String? = nil, engine: ModelEngineChoice? = nil) {
    self.name = name
    self.engine = engine
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
