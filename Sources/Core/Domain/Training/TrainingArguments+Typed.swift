/// What is learned.
package enum TrainingStage: String, Sendable, CaseIterable {
  case pretraining = "pt"
  case sft = "sft"
  case rewardModel = "rm"
  case ppo = "ppo"
  case dpo = "dpo"
  case kto = "kto"
}

/// Which weights change.
package enum FinetuningType: String, Sendable, CaseIterable { case lora, oft, freeze, full }

/// The usual arguments by type. Setting nil, where it is allowed, gives the value back to the trainer's default.
extension TrainingArguments {
  package var stage: TrainingStage {
    get { text("stage").flatMap(TrainingStage.init) ?? .sft }
    set { values["stage"] = .string(newValue.rawValue) }
  }

  package var finetuningType: FinetuningType {
    get { text("finetuning_type").flatMap(FinetuningType.init) ?? .lora }
    set { values["finetuning_type"] = .string(newValue.rawValue) }
  }

  /// Passes over the data; a fraction is allowed.
  package var epochs: Double {
    get { values["num_train_epochs"]?.asNumber ?? 3 }
    set { values["num_train_epochs"] = .number(newValue) }
  }

  package var learningRate: Double {
    get { values["learning_rate"]?.asNumber ?? 5e-5 }
    set { values["learning_rate"] = .number(newValue) }
  }

  /// Rows per device and step.
  package var batchSize: Int {
    get { whole("per_device_train_batch_size") ?? 8 }
    set { values["per_device_train_batch_size"] = .integer(newValue) }
  }

  package var gradientAccumulation: Int {
    get { whole("gradient_accumulation_steps") ?? 1 }
    set { values["gradient_accumulation_steps"] = .integer(newValue) }
  }

  /// Tokens after which a row is cut.
  package var cutoffLength: Int {
    get { whole("cutoff_len") ?? 2048 }
    set { values["cutoff_len"] = .integer(newValue) }
  }

  package var loraRank: Int {
    get { whole("lora_rank") ?? 8 }
    set { values["lora_rank"] = .integer(newValue) }
  }

  /// Nil: twice the rank.
  package var loraAlpha: Int? {
    get { whole("lora_alpha") }
    set { values["lora_alpha"] = newValue.map { .integer($0) } }
  }

  /// 0...0.99.
  package var loraDropout: Double {
    get { values["lora_dropout"]?.asNumber ?? 0 }
    set { values["lora_dropout"] = .number(newValue) }
  }

  /// Module names joined by commas, or `all`.
  package var loraTarget: String {
    get { text("lora_target") ?? "all" }
    set { values["lora_target"] = .string(newValue) }
  }

  /// A name of `lr_scheduler_type`.
  package var scheduler: String {
    get { text("lr_scheduler_type") ?? "linear" }
    set { values["lr_scheduler_type"] = .string(newValue) }
  }

  /// Steps, or below 1 the share of all steps.
  package var warmupSteps: Double {
    get { values["warmup_steps"]?.asNumber ?? 0 }
    set { values["warmup_steps"] = .number(newValue) }
  }

  package var loggingSteps: Double {
    get { values["logging_steps"]?.asNumber ?? 500 }
    set { values["logging_steps"] = .number(newValue) }
  }

  package var saveSteps: Double {
    get { values["save_steps"]?.asNumber ?? 500 }
    set { values["save_steps"] = .number(newValue) }
  }

  /// Nil: as often as it logs.
  package var evaluationSteps: Double? {
    get { values["eval_steps"]?.asNumber }
    set { values["eval_steps"] = newValue.map { .number($0) } }
  }

  /// Rows held back for evaluation: a count, or below 1 their share.
  package var validationSize: Double? {
    get { values["val_size"]?.asNumber }
    set { values["val_size"] = newValue.map { .number($0) } }
  }

  package var maxSamples: Int? {
    get { whole("max_samples") }
    set { values["max_samples"] = newValue.map { .integer($0) } }
  }

  /// Steps after which training ends whatever `epochs` says; nil or -1 for none.
  package var maxSteps: Int? {
    get { whole("max_steps") }
    set { values["max_steps"] = newValue.map { .integer($0) } }
  }

  package var seed: Int {
    get { whole("seed") ?? 42 }
    set { values["seed"] = .integer(newValue) }
  }

  /// Bits per weight of a base model quantized on the fly; nil for none.
  package var quantizationBits: Int? {
    get { whole("quantization_bit") }
    set { values["quantization_bit"] = newValue.map { .integer($0) } }
  }

  /// On unless it was disabled: less memory for about a fifth more time.
  package var gradientCheckpointing: Bool {
    get { !isOn("disable_gradient_checkpointing") }
    set { values["disable_gradient_checkpointing"] = .bool(!newValue) }
  }

  package var packing: Bool {
    get { isOn("packing") }
    set { values["packing"] = .bool(newValue) }
  }

  /// The chat template, where the user named one.
  package var template: String? {
    get { text("template") }
    set { values["template"] = newValue.map { .string($0) } }
  }

  private func text(_ name: String) -> String? {
    if case .string(let text) = values[name] { text } else { nil }
  }

  private func whole(_ name: String) -> Int? {
    if case .integer(let number) = values[name] { number } else { nil }
  }
}
