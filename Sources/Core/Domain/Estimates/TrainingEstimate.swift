/// What a training will do and take, as far as can be told before it begins.
package struct TrainingEstimate: Sendable, Equatable {
  /// What there is of data.
  package struct Data: Sendable, Equatable {
    package var rows: Int
    /// Of all rows together, each cut at cutoff_len; nil where it was not counted.
    package var tokens: Int64?
    /// Rows longer than cutoff_len.
    package var cutRows: Int?
    /// Of the longest row, cut too.
    package var longest: Int

    package init(rows: Int, tokens: Int64?, cutRows: Int?, longest: Int) {
      self.rows = rows
      self.tokens = tokens
      self.cutRows = cutRows
      self.longest = longest
    }
  }

  /// Where it runs; nil where that is not known.
  package struct Device: Sendable, Equatable {
    package var usesGPU: Bool
    /// Bytes of the smallest of its devices; nil where it was not seen.
    package var memory: Int64?
    package var name: String?
    package var diskFree: Int64?
    /// Devices that share a step.
    package var count: Int

    package init(usesGPU: Bool, memory: Int64?, name: String?, diskFree: Int64?, count: Int) {
      self.usesGPU = usesGPU
      self.memory = memory
      self.name = name
      self.diskFree = diskFree
      self.count = max(count, 1)
    }
  }

  /// Bytes on the host's disk.
  package struct Disk: Sendable, Equatable {
    /// One checkpoint, with what is needed to go on from it.
    package var checkpoint: Int64
    /// As many as lie there at once.
    package var checkpoints: Int
    /// What the training leaves.
    package var result: Int64

    package var total: Int64 { checkpoint * Int64(checkpoints) + result }
  }

  package enum Fit: String, Sendable {
    case fits
    /// It may or may not: the estimate is no better than that.
    case tight
    case exceeds
    case unknown
  }

  /// What would make it smaller, and what is needed then.
  package struct Cure: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
      case gradientCheckpointing = "gradient_checkpointing"
      case smallerBatch = "smaller_batch"
      case shorterCutoff = "shorter_cutoff"
      case lora, qlora
    }

    package var kind: Kind
    package var total: Int64
  }

  package var steps: Int
  package var stepsPerEpoch: Int
  /// Of all epochs; nil where the rows were not counted.
  package var tokens: Int64?
  /// Nil where the model's size is not known.
  package var memory: TrainingMemory?
  package var disk: Disk?
  package var parameters: Int64?
  package var trained: Int64?
  package var memoryFit: Fit
  package var diskFit: Fit
  /// Smallest change first; those that would not help are left out.
  package var cures: [Cure]

  package init(
    arguments: TrainingArguments, data: Data, model: ModelDimensions?, device: Device
  ) {
    (memoryFit, diskFit, cures) = (.unknown, .unknown, [])
    let rows = Self.rows(of: data, arguments)
    let batches = Self.ceiling(rows, arguments.batchSize * device.count)
    let each = max(1, Self.ceiling(batches, arguments.gradientAccumulation))
    stepsPerEpoch = each
    // As far as a number of steps can be written.
    let passes = min((arguments.epochs * Double(each)).rounded(.up), 1e12)
    let limit = arguments.maxSteps.flatMap { $0 > 0 ? $0 : nil }
    let count = limit ?? max(1, Int(passes))
    steps = count
    let share = data.rows > 0 ? Double(min(rows, data.rows)) / Double(data.rows) : 0
    tokens = data.tokens.map { Int64(Double($0) * share * Double(count) / Double(each)) }
    guard let model else { return }
    parameters = model.parameters
    trained = TrainedPart(model, arguments).parameters
    let need = TrainingMemory(model, arguments: arguments, tokens: data.longest, usesGPU: device.usesGPU)
    memory = need
    let space = Self.disk(model, arguments, steps: count, perEpoch: each, usesGPU: device.usesGPU)
    disk = space
    memoryFit = Self.fit(need.total, in: device.memory)
    diskFit = Self.fit(space.total, in: device.diskFree)
    guard memoryFit == .exceeds || memoryFit == .tight else { return }
    cures = Self.cures(arguments, data, model, device, now: need.total)
  }

  /// A seventh more or less is no difference.
  private static func fit(_ need: Int64, in room: Int64?) -> Fit {
    guard let room else { return .unknown }
    if need > room { return .exceeds }
    return need > room / 7 * 6 ? .tight : .fits
  }

  private static func ceiling(_ value: Int, _ by: Int) -> Int { (value + max(by, 1) - 1) / max(by, 1) }

  /// Rows that are trained on in an epoch; of packed ones the blocks.
  private static func rows(of data: Data, _ arguments: TrainingArguments) -> Int {
    var rows = arguments.maxSamples.map { min($0, data.rows) } ?? data.rows
    if let held = arguments.validationSize, held > 0 {
      rows -= min(rows, held < 1 ? Int((Double(rows) * held).rounded(.up)) : Int(held))
    }
    let isPacked = arguments["packing"] == nil ? arguments.stage == .pretraining : arguments.packing
    guard isPacked, let tokens = data.tokens, data.rows > 0 else { return rows }
    let kept = Double(tokens) * Double(rows) / Double(data.rows)
    return max(1, Int(kept / Double(max(arguments.cutoffLength, 1))))
  }

  private static func disk(
    _ model: ModelDimensions, _ arguments: TrainingArguments, steps: Int, perEpoch: Int, usesGPU: Bool
  ) -> Disk {
    let part = TrainedPart(model, arguments).parameters
    let isPure = arguments.isOn("pure_bf16")
    let isWhole = [.full, .freeze].contains(arguments.finetuningType)
    let width: Int64 = isPure || (usesGPU && isWhole && part < model.parameters) ? 2 : 4
    // Full training writes the whole model, LoRA its matrices alone; what the tokenizer takes is little.
    let weights = (isWhole ? model.parameters : part) * width + 10_000_000
    let resumes = arguments.isOn("save_only_model") ? 0 : part * arguments.optimizerBytes(isPure: isPure)
    var written: Int
    switch arguments["save_strategy"] {
    case .string("no"): written = 0
    case .string("epoch"): written = max(1, steps / max(perEpoch, 1))
    default:
      let every = arguments.saveSteps
      let pace = every < 1 ? max(1, Double(steps) * every) : every
      written = Int(min(Double(steps) / max(pace, 1), 1e9))
      // The last step is saved too.
      if Double(written) * pace < Double(steps) { written += 1 }
    }
    // A new one is whole before an old one goes.
    if let limit = arguments["save_total_limit"]?.asNumber, limit >= 1 {
      written = min(written, Int(limit) + 1)
    }
    return Disk(checkpoint: weights + resumes, checkpoints: written, result: weights)
  }

  private static func cures(
    _ arguments: TrainingArguments, _ data: Data, _ model: ModelDimensions, _ device: Device, now: Int64
  ) -> [Cure] {
    var found: [Cure] = []
    func offer(
      _ kind: Cure.Kind, _ isPossible: Bool, longest: Int? = nil, _ change: (inout TrainingArguments) -> Void
    ) {
      guard isPossible else { return }
      var changed = arguments
      change(&changed)
      let total = TrainingMemory(
        model, arguments: changed, tokens: longest ?? data.longest, usesGPU: device.usesGPU
      ).total
      // Less than a tenth is not worth the change.
      if total < now / 10 * 9 { found.append(Cure(kind: kind, total: total)) }
    }
    offer(.gradientCheckpointing, !arguments.gradientCheckpointing) { $0.gradientCheckpointing = true }
    offer(.smallerBatch, arguments.batchSize > 1) { $0.batchSize = 1 }
    offer(.shorterCutoff, data.longest > 256, longest: data.longest / 2) { _ in }
    let isWhole = [.full, .freeze].contains(arguments.finetuningType)
    offer(.lora, isWhole) { $0.finetuningType = .lora }
    offer(.qlora, device.usesGPU && arguments.quantizationBits == nil) {
      $0.finetuningType = .lora
      $0.quantizationBits = 4
    }
    return found
  }
}
