import Domain
import FoundationEssentials

/// A pipeline as its row holds it: what may hold a secret stands apart from the rest, sealed.
struct WrittenPipeline {
  let pipeline: String
  /// Addresses by the steps' names, sealed; nil where there are none.
  let webhooks: [UInt8]?
  let steps: String

  private static let field = "webhook"

  init(_ run: PipelineRun, _ seal: ColumnSeal) throws {
    var webhooks: [String: ArgumentValue] = [:]
    let steps = run.pipeline.steps.map { step in
      var inputs = step.inputs
      webhooks[step.id] = inputs.removeValue(forKey: Self.field)
      return PipelineStep(
        id: step.id, kind: step.kind, inputs: inputs, path: step.path, lines: step.lines)
    }
    pipeline = try StoredJSON.text(
      Pipeline(name: run.pipeline.name, description: run.pipeline.description, steps: steps))
    self.webhooks =
      webhooks.isEmpty ? nil : seal.seal(Array(try StoredJSON.text(webhooks).utf8), Self.context(run.id))
    self.steps = try StoredJSON.text(run.steps)
  }

  /// Where the installation's secret was replaced, nobody but the user is told any more.
  static func pipeline(
    _ text: String, webhooks sealed: [UInt8]?, of id: PipelineRunID, _ seal: ColumnSeal
  ) throws -> Pipeline {
    let pipeline = try StoredJSON.value(Pipeline.self, text)
    let opened = sealed.flatMap { try? seal.open($0, context(id)) }
    guard let opened else { return pipeline }
    let webhooks = try StoredJSON.value(
      [String: ArgumentValue].self, String(decoding: opened, as: UTF8.self))
    return Pipeline(
      name: pipeline.name, description: pipeline.description,
      steps: pipeline.steps.map { step in
        var inputs = step.inputs
        inputs[field] = webhooks[step.id]
        return PipelineStep(
          id: step.id, kind: step.kind, inputs: inputs, path: step.path, lines: step.lines)
      })
  }

  private static func context(_ id: PipelineRunID) -> String { "pipeline_runs.webhooks/\(id.rawValue)" }
}

/// Values that are kept as JSON text.
enum StoredJSON {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}
