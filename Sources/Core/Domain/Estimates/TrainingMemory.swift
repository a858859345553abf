/// About how much memory one device needs for a training, in bytes.
///
/// What the weights, their gradients and the optimizer take follows from how the trainer keeps them; what a batch
/// takes is rough. Together right within `errorPercent` for LoRA, QLoRA and full training of the usual models.
package struct TrainingMemory: Sendable, Equatable {
  /// The base model as it is kept.
  package var weights: Int64 = 0
  /// What is trained of it, where that is kept apart (LoRA's matrices, or wider copies).
  package var trained: Int64 = 0
  package var gradients: Int64 = 0
  package var optimizer: Int64 = 0
  /// What a batch leaves on its way through.
  package var activations: Int64 = 0
  /// The device's own libraries, and room lost between pieces.
  package var overhead: Int64 = 0

  package static let errorPercent = 30

  package var total: Int64 { weights + trained + gradients + optimizer + activations + overhead }

  package init() {}

  /// - Parameters:
  ///   - tokens: the longest row of a batch as the model sees it.
  ///   - usesGPU: trains in half precision there; on the processor in 32 bits.
  package init(
    _ model: ModelDimensions, arguments: TrainingArguments, tokens: Int, usesGPU: Bool
  ) {
    let isPure = arguments.isOn("pure_bf16")
    let wide: Int64 = 4
    let width: Int64 = usesGPU || isPure || arguments.isOn("bf16") || arguments.isOn("fp16") ? 2 : 4
    let part = TrainedPart(model, arguments)
    weights = Self.weights(of: model, arguments, width: width)
    switch arguments.finetuningType {
    case .full, .freeze:
      // Trained weights are widened to 32 bits unless everything is to stay narrow.
      let kept = isPure ? width : wide
      weights -= part.parameters * width
      trained = part.parameters * kept
      gradients = part.parameters * kept
      optimizer = part.parameters * arguments.optimizerBytes(isPure: isPure)
    case .lora, .oft:
      let kept = isPure ? width : wide
      trained = part.parameters * kept
      gradients = part.parameters * kept
      optimizer = part.parameters * arguments.optimizerBytes(isPure: isPure)
    }
    // DPO and KTO compare with the model as it was, which LoRA has by leaving its matrices out.
    if [.dpo, .kto].contains(arguments.stage), [.full, .freeze].contains(arguments.finetuningType) {
      weights += model.parameters * width
    }
    activations = Self.activations(of: model, arguments, tokens: tokens, width: width)
    let own: Int64 = usesGPU ? 700_000_000 : 400_000_000
    overhead = own + (weights + trained + gradients + optimizer + activations) / 20
  }

  private static func weights(
    of model: ModelDimensions, _ arguments: TrainingArguments, width: Int64
  ) -> Int64 {
    // The tables of words stay as they are.
    let matrices = max(0, model.parameters - model.embeddings)
    switch arguments.quantizationBits {
    // Four bits and the blocks' own scales: 0.55 bytes a weight.
    case .some(..<5): return matrices * 55 / 100 + model.embeddings * width
    case .some(..<9): return matrices * 105 / 100 + model.embeddings * width
    default: return model.parameters * width
    }
  }

  /// With checkpointing each layer keeps what goes into it, and one at a time all of its own; else all keep all.
  private static func activations(
    of model: ModelDimensions, _ arguments: TrainingArguments, tokens: Int, width: Int64
  ) -> Int64 {
    // A pair of answers goes through together.
    let rows = arguments.batchSize * (arguments.stage == .dpo ? 2 : 1)
    let batch = Int64(max(rows, 1)) * Int64(max(tokens, 1))
    let layer = (10 * Int64(model.hidden) + 3 * Int64(model.intermediate)) * width + 8 * Int64(model.hidden)
    let between = Int64(model.hidden) * width
    let layers = Int64(model.layers)
    let inside = arguments.gradientCheckpointing ? layers * between + layer : layers * layer
    // The scores of all words, once as they come and twice in 32 bits for the loss.
    return batch * (inside + Int64(model.vocabulary) * (width + 8))
  }
}

/// How much of a model a training changes.
struct TrainedPart: Equatable {
  var parameters: Int64

  init(_ model: ModelDimensions, _ arguments: TrainingArguments) {
    switch arguments.finetuningType {
    case .full: parameters = model.parameters
    case .freeze:
      let layers = min(arguments.freezeLayers, model.layers)
      parameters = (model.parameters - model.embeddings) / Int64(max(model.layers, 1)) * Int64(layers)
    case .lora, .oft:
      let rank = Int64(arguments.loraRank)
      let targets = arguments.loraTarget.split(separator: ",").map { $0.filter { $0 != " " } }
      let names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
      let chosen = zip(names, model.matrices).filter { targets.contains("all") || targets.contains($0.0) }
      let each = (chosen.isEmpty ? Array(zip(names, model.matrices)) : chosen)
        .reduce(Int64(0)) { $0 + rank * Int64($1.1.rows + $1.1.columns) }
      parameters = each * Int64(model.layers)
    }
  }
}

extension TrainingArguments {
  /// Layers that `freeze` trains; 2 without one given.
  var freezeLayers: Int {
    max(1, abs(Int(self["freeze_trainable_layers"]?.asNumber ?? 2)))
  }

  /// Bytes that the optimizer keeps for each trained weight: two numbers for Adam.
  func optimizerBytes(isPure: Bool) -> Int64 {
    guard case .string(let name) = self["optim"] ?? .string("adamw_torch") else { return 8 }
    if name.contains("8bit") { return 2 }
    if name.contains("adafactor") || name.contains("sgd") || name.contains("lomo") { return 1 }
    return isPure ? 4 : 8
  }
}
