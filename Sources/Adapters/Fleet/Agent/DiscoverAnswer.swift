import Domain

/// The agent's answer to `discover`.
struct DiscoverAnswer: Decodable {
  struct Checkpoint: Decodable {
    let name: String
    let step: Int64
    let size: Int64
    let mtime: Double
  }

  struct Model: Decodable {
    let path: String
    let name: String
    let kind: String
    let group: String
    let stage: String?
    let baseModel: String?
    let modelType: String?
    let chatTemplate: Bool
    let size: Int64
    let mtime: Double
    let checkpoints: [Checkpoint]
    let `private`: String?

    /// Nil for a kind or a group this server does not know.
    var model: ScannedModel? {
      guard let kind = ScannedModel.Kind(rawValue: kind), let group = ScannedModel.Group(rawValue: group)
      else { return nil }
      return ScannedModel(
        path: path, name: name, kind: kind, group: group, stage: stage, baseModel: baseModel,
        modelType: modelType, hasChatTemplate: chatTemplate, size: size,
        modifiedAt: Timestamp(seconds: mtime),
        checkpoints: checkpoints.map {
          ScannedModel.Checkpoint(
            name: $0.name, step: $0.step, size: $0.size,
            modified: Timestamp(seconds: $0.mtime).milliseconds)
        }, privatePath: `private`)
    }
  }

  let models: [Model]
  let complete: Bool
}
