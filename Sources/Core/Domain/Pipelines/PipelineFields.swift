/// What a field of a step takes.
///
/// The published schema (Contract/Pipelines) says the same; a test compares them.
struct PipelineField: Sendable {
  enum Form: Sendable, Equatable {
    /// Running text with references anywhere, of so many characters.
    case text(ClosedRange<Int>)
    /// A name without references.
    case name(ClosedRange<Int>)
    case integer(ClosedRange<Int>)
    /// More than the first, at most the second.
    case positive(upTo: Double)
    case share
    case integers
    /// The name of something that is there, or one whole reference to such an output.
    case thing(PipelineOutput.Form)
    /// One of these or a list of them.
    case things(PipelineOutput.Form)
    /// Further arguments of the trainer.
    case arguments
    /// What a preparation does, as `PreparationPlan` has it.
    case operation
    case address
  }

  let name: String
  let form: Form
  let isRequired: Bool

  init(_ name: String, _ form: Form, required: Bool = false) {
    self.name = name
    self.form = form
    isRequired = required
  }
}

extension PipelineStep.Kind {
  /// In the order in which the documentation has them.
  var fields: [PipelineField] {
    switch self {
    case .prepare:
      [PipelineField("dataset", .thing(.dataset), required: true)]
        + PreparationPlan.operations.map { PipelineField($0, .operation) }
        + [PipelineField("name", .name(1...200))]
    case .train:
      [
        PipelineField("model", .thing(.model), required: true),
        PipelineField("dataset", .things(.dataset), required: true),
        PipelineField("name", .name(1...100)),
        PipelineField("epochs", .positive(upTo: 10_000)),
        PipelineField("learning_rate", .positive(upTo: 1)),
        PipelineField("batch_size", .integer(1...4096)),
        PipelineField("template", .name(1...60)),
        PipelineField("arguments", .arguments),
        PipelineField("priority", .integer(-10...10)),
        PipelineField("gpus", .integer(0...64)),
        PipelineField("gpu_ids", .integers),
        PipelineField("host", .name(1...64)),
      ]
    case .evaluate:
      [
        PipelineField("model", .thing(.model), required: true),
        PipelineField("dataset", .thing(.dataset), required: true),
        PipelineField("rows", .integer(1...200)),
        PipelineField("max_tokens", .integer(1...2048)),
        PipelineField("at_least", .share),
      ]
    case .merge:
      [PipelineField("model", .thing(.model), required: true), PipelineField("name", .name(1...100))]
    case .serve:
      [PipelineField("model", .thing(.model), required: true), PipelineField("question", .text(1...4000))]
    case .index:
      [
        PipelineField("name", .name(1...64), required: true),
        PipelineField("dataset", .things(.dataset), required: true),
      ]
    case .notify:
      [PipelineField("message", .text(1...4000), required: true), PipelineField("webhook", .address)]
    }
  }

  /// What later steps can refer to.
  package var outputs: [String: PipelineOutput.Form] {
    switch self {
    case .prepare: ["dataset": .dataset, "eval": .dataset, "test": .dataset, "rows": .number]
    case .train: ["model": .model, "task": .text]
    case .evaluate: ["score": .number, "exact": .number, "rows": .number]
    case .merge: ["model": .model]
    case .serve: ["model": .model, "service": .text, "answer": .text]
    case .index: ["index": .index, "documents": .number]
    case .notify: [:]
    }
  }

  /// Names of the fields, and whether they are required.
  package var fieldNames: [String: Bool] {
    Dictionary(fields.map { ($0.name, $0.isRequired) }) { first, _ in first }
  }
}
