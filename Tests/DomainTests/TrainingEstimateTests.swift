import Domain
import FoundationEssentials
import Testing

/// Memory, steps and disk of trainings, against numbers that are known.
struct TrainingEstimateTests {
  /// Llama 2 7B.
  private static let llama = ModelDimensions(
    layers: 32, hidden: 4096, intermediate: 11008, vocabulary: 32000, heads: 32)
  private static let gigabyte = 1e9

  private func memory(
    _ arguments: [String: ArgumentValue], tokens: Int = 512, usesGPU: Bool = true
  ) throws -> TrainingMemory {
    var all: [String: ArgumentValue] = ["per_device_train_batch_size": 1]
    all.merge(arguments) { $1 }
    return TrainingMemory(
      Self.llama, arguments: try TrainingArguments(all), tokens: tokens, usesGPU: usesGPU)
  }

  private func near(_ value: Int64, _ gigabytes: Double, within share: Double) -> Bool {
    abs(Double(value) / Self.gigabyte - gigabytes) <= gigabytes * share
  }

  @Test func `the weights of known models are counted as they are`() {
    #expect(Self.llama.parameters == 6_738_415_616)
    // Qwen2.5 0.5B: 494,032,768, without the biases of queries, keys and values.
    let qwen = ModelDimensions(
      layers: 24, hidden: 896, intermediate: 4864, vocabulary: 151_936, heads: 14, keyHeads: 2,
      tiesEmbeddings: true)
    #expect(abs(qwen.parameters - 494_032_768) < 100_000)
  }

  @Test func `a model's configuration is read, also one that sees and one of experts`() throws {
    func read(_ text: String) throws -> ModelDimensions {
      try JSONDecoder().decode(ModelDimensions.self, from: Data(text.utf8))
    }
    let base = """
      "num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 16, "vocab_size": 100,
      "num_attention_heads": 2, "num_key_value_heads": 1
      """
    let plain = try read("{\(base)}")
    #expect(plain.keyHeads == 1 && plain.headSize == 4 && !plain.tiesEmbeddings)
    #expect(try read("{\"text_config\": {\(base)}, \"tie_word_embeddings\": true}").tiesEmbeddings)
    let experts = try read("{\(base), \"num_local_experts\": 8, \"num_experts_per_tok\": 2}")
    #expect(experts.parameters == plain.parameters + Int64(2 * 3 * 8 * 16 * 7))
    for hostile in [
      "{}", "{\"num_hidden_layers\": -1}", "[]", "{\(base.replacing("100", with: "99999999999999"))}",
    ] {
      #expect(throws: DecodingError.self) { try read(hostile) }
    }
  }

  @Test func `full training with Adam takes 16 bytes for each weight`() throws {
    let need = try memory(["finetuning_type": "full", "bf16": true])
    let states = need.weights + need.trained + need.gradients + need.optimizer
    #expect(states == Self.llama.parameters * 16)
    // The trainer's own table says 120 GB, and 60 where everything is 16 bits wide.
    #expect(near(need.total, 120, within: 0.15))
    #expect(near(try memory(["finetuning_type": "full", "pure_bf16": true]).total, 60, within: 0.15))
  }

  @Test func `LoRA and QLoRA take what the trainer's table says`() throws {
    let lora = try memory(["finetuning_type": "lora"])
    #expect(near(lora.total, 16, within: 0.15))
    #expect(lora.optimizer < 200_000_000)
    #expect(near(try memory(["quantization_bit": 8]).total, 10, within: 0.15))
    let qlora = try memory(["quantization_bit": 4])
    #expect(near(qlora.total, 6, within: 0.15))
    #expect(qlora.weights < Self.llama.parameters * 65 / 100)
  }

  @Test func `LoRA of rank 8 on all of Llama's matrices has 20 million weights`() throws {
    let estimate = TrainingEstimate(
      arguments: try TrainingArguments([:]), data: .init(rows: 10, tokens: 100, cutRows: 0, longest: 10),
      model: Self.llama, device: .init(usesGPU: true, memory: nil, name: nil, diskFree: nil, count: 1))
    #expect(estimate.trained == 19_988_480)
    #expect(estimate.memoryFit == .unknown)
    #expect(estimate.cures.isEmpty)
  }

  @Test func `a batch takes more with its rows, their length, and without checkpointing`() throws {
    let small = try memory([:]).activations
    #expect(try memory(["per_device_train_batch_size": 4]).activations == small * 4)
    #expect(try memory([:], tokens: 1024).activations == small * 2)
    #expect(try memory(["disable_gradient_checkpointing": true]).activations > small * 5)
    #expect(try memory(["stage": "dpo"]).activations == small * 2)
  }

  @Test(arguments: [
    (100, 3.0, 4, 1, 75), (101, 3, 4, 1, 78), (100, 3, 4, 4, 21), (3, 1, 8, 2, 1), (100, 0.5, 4, 1, 13),
    (1, 10_000, 1, 1, 10_000),
  ])
  func `steps are counted as the trainer counts them`(
    rows: Int, epochs: Double, batch: Int, accumulation: Int, steps: Int
  ) throws {
    let arguments = try TrainingArguments([
      "num_train_epochs": .number(epochs), "per_device_train_batch_size": .integer(batch),
      "gradient_accumulation_steps": .integer(accumulation),
    ])
    #expect(estimate(arguments, rows: rows).steps == steps)
  }

  private func estimate(
    _ arguments: TrainingArguments, rows: Int = 1000, memory: Int64? = nil, free: Int64? = nil, count: Int = 1
  ) -> TrainingEstimate {
    TrainingEstimate(
      arguments: arguments,
      data: .init(rows: rows, tokens: Int64(rows) * 100, cutRows: 0, longest: 1024), model: Self.llama,
      device: .init(usesGPU: true, memory: memory, name: "GPU", diskFree: free, count: count))
  }

  @Test func `held rows, limits, packing and more devices make fewer steps`() throws {
    #expect(estimate(try TrainingArguments(["val_size": 0.1])).stepsPerEpoch == 225)
    #expect(estimate(try TrainingArguments(["max_samples": 40])).stepsPerEpoch == 10)
    #expect(estimate(try TrainingArguments(["max_steps": 7])).steps == 7)
    #expect(estimate(try TrainingArguments([:]), count: 4).stepsPerEpoch == 63)
    let packed = try TrainingArguments(["packing": true, "cutoff_len": 1000])
    #expect(estimate(packed).stepsPerEpoch == 25)
    #expect(estimate(try TrainingArguments(["num_train_epochs": 2.0])).tokens == 200_000)
  }

  @Test func `what does not fit is told with what would help, the smallest change first`() throws {
    let arguments = try TrainingArguments([
      "finetuning_type": "full", "disable_gradient_checkpointing": true, "per_device_train_batch_size": 8,
    ])
    let large = estimate(arguments, memory: 24_000_000_000, free: 1_000_000_000_000)
    #expect(large.memoryFit == .exceeds)
    #expect(large.diskFit == .fits)
    #expect(
      large.cures.map(\.kind) == [.gradientCheckpointing, .smallerBatch, .shorterCutoff, .lora, .qlora])
    let need = try #require(large.memory?.total)
    #expect(large.cures.allSatisfy { $0.total < need })
    let qlora = try #require(large.cures.last)
    #expect(qlora.kind == .qlora)
    #expect(estimate(arguments, memory: 800_000_000_000).memoryFit == .fits)
    #expect(estimate(arguments, memory: need + 1).memoryFit == .tight)
    let fits = estimate(try TrainingArguments(["quantization_bit": 4]), memory: 24_000_000_000)
    #expect(fits.memoryFit == .fits)
    #expect(fits.cures.isEmpty)
  }

  @Test func `the disk holds as many checkpoints as are kept, and one more while it is written`() throws {
    func disk(_ arguments: [String: ArgumentValue]) throws -> TrainingEstimate.Disk {
      try #require(estimate(try TrainingArguments(arguments), rows: 4000).disk)
    }
    // 3,000 steps, one in 200.
    #expect(try disk([:]).checkpoints == 2)
    #expect(try disk(["save_total_limit": .null]).checkpoints == 15)
    #expect(try disk(["save_strategy": "no"]).checkpoints == 0)
    #expect(try disk(["save_strategy": "epoch", "save_total_limit": .null]).checkpoints == 3)
    let lora = try disk([:])
    #expect(lora.checkpoint < 300_000_000)
    let full = try disk(["finetuning_type": "full"])
    #expect(full.checkpoint == Self.llama.parameters * 12 + 10_000_000)
    #expect(full.total == full.checkpoint * 2 + full.result)
    #expect(try disk(["finetuning_type": "full", "save_only_model": true]).checkpoint == full.result)
  }
}
