extension TrainingArguments {
  /// The value as the trainer takes it: of the right type, within its range, and allowed.
  ///
  /// A string that says a number or a boolean is taken for one where one is wanted, since a terminal sends text.
  static func checked(_ value: ArgumentValue, for name: String) throws(ArgumentRefusal) -> ArgumentValue {
    guard let specification = ArgumentCatalogue.specification(of: name) else {
      throw unknown(name)
    }
    if let reason = ArgumentPolicy.refusal(of: name) {
      throw refuse(
        .refused, name, "`\(name)` may not be set: \(reason.message).", hint: "Leave it out.")
    }
    if value == .null { return .null }
    guard value.depth <= 4, let typed = coerce(value, to: specification) else {
      throw refuse(
        .wrongType, name,
        "`\(name)` takes \(specification.expectation), and \(value.typeName) was given.",
        hint: specification.help.isEmpty ? "Leave it out for the trainer's own value." : specification.help)
    }
    if !specification.choices.isEmpty, case .string(let text) = typed, !specification.choices.contains(text) {
      throw refuse(
        .unknownChoice, name, "`\(name)` has no choice \"\(excerpt(text))\".",
        hint: "Choose one of: \(specification.choices.joined(separator: ", ")).")
    }
    if name == "template", case .string(let text) = typed, !PromptTemplates.exists(text) {
      throw refuse(
        .unknownChoice, name, "There is no template \"\(excerpt(text))\".",
        hint: "Leave it out to have it chosen from the base model.")
    }
    if let refusal = ArgumentPolicy.refusal(of: typed, for: name) {
      throw refuse(.refused, name, "`\(name)` is refused: \(refusal.message).", hint: refusal.hint)
    }
    if typed.strings.contains(where: { $0.utf8.count > 20_000 }) {
      throw refuse(.outOfRange, name, "`\(name)` is longer than 20000 bytes.", hint: "Shorten it.")
    }
    try checkRange(typed, name)
    return typed
  }

  private static func unknown(_ name: String) -> ArgumentRefusal {
    let suggestion = ArgumentCatalogue.synonyms[name] ?? ArgumentCatalogue.nearest(to: name)
    return refuse(
      .unknownArgument, name, "LLaMA-Factory has no argument \"\(excerpt(name))\".",
      hint: suggestion.map { "Did you mean `\($0)`?" } ?? "See the list of arguments.")
  }

  private static func refuse(
    _ code: ArgumentProblem.Code, _ name: String, _ message: String, hint: String
  ) -> ArgumentRefusal {
    ArgumentRefusal(problem: ArgumentProblem(code, name, message, hint: hint))
  }

  private static func excerpt(_ text: String) -> String {
    String(text.unicodeScalars.prefix(60).filter { $0.value >= 32 && $0.value != 127 }.map(Character.init))
  }

  private static func coerce(_ value: ArgumentValue, to specification: ArgumentSpecification)
    -> ArgumentValue?
  {
    let kinds = specification.kinds
    switch value {
    case .bool where kinds.contains(.bool): return value
    case .integer where kinds.contains(.int): return value
    case .integer(let whole) where kinds.contains(.float): return .number(Double(whole))
    case .number(let number) where !number.isFinite: return nil
    case .number where kinds.contains(.float): return value
    case .number(let number) where kinds.contains(.int): return Int(exactly: number).map { .integer($0) }
    case .string where kinds.contains(.string): return value
    case .string(let text):
      if text == "null" || text == "none", specification.acceptsNull { return .null }
      if kinds.contains(.bool), text == "true" || text == "false" { return .bool(text == "true") }
      if kinds.contains(.int), let whole = Int(text) { return .integer(whole) }
      if kinds.contains(.float), let number = Double(text), number.isFinite { return .number(number) }
      return nil
    case .list where kinds.contains(.list): return value
    case .object where kinds.contains(.object): return value
    case .null, .bool, .integer, .number, .list, .object: return nil
    }
  }

  private static func checkRange(_ value: ArgumentValue, _ name: String) throws(ArgumentRefusal) {
    guard let number = value.asNumber else { return }
    if let range = ranges[name], !range.contains(number) {
      let bounds = "\(plain(range.lowerBound)) to \(plain(range.upperBound))"
      throw refuse(.outOfRange, name, "`\(name)` must be \(bounds), and is \(plain(number)).", hint: "")
    }
    // These are counts from 1 on, and ratios below.
    if ["warmup_steps", "logging_steps", "save_steps", "eval_steps", "val_size"].contains(name),
      number > 1, number != number.rounded()
    {
      throw refuse(
        .outOfRange, name, "`\(name)` must be a whole number, or a share below 1.", hint: "")
    }
    if name == "max_steps", number == 0 {
      throw refuse(
        .outOfRange, name, "`max_steps` of 0 would train nothing.", hint: "Leave it out to go by the epochs.")
    }
  }

  private static func plain(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? String(number)
  }

  /// The ranges of the arguments whose bad values cost a GPU's time before the trainer notices.
  package static let ranges: [String: ClosedRange<Double>] = [
    "num_train_epochs": 0.001...100_000, "learning_rate": 1e-12...1, "per_device_train_batch_size": 1...4096,
    "per_device_eval_batch_size": 1...4096, "gradient_accumulation_steps": 1...65536,
    "cutoff_len": 8...4_194_304, "lora_rank": 1...4096, "lora_alpha": 1...65536, "lora_dropout": 0...0.99,
    "warmup_steps": 0...1e9, "warmup_ratio": 0...1, "logging_steps": 0.0001...1e9, "save_steps": 0.0001...1e9,
    "eval_steps": 0.0001...1e9, "max_steps": -1...1e12, "max_samples": 1...1e12, "val_size": 0...1e9,
    "seed": 0...4_294_967_295, "data_seed": 0...4_294_967_295, "save_total_limit": 1...10000,
    "quantization_bit": 1...8, "weight_decay": 0...100, "max_grad_norm": 0...1e6, "adam_beta1": 0...0.999999,
    "adam_beta2": 0...0.99999999, "adam_epsilon": 0...1, "label_smoothing_factor": 0...1,
    "neftune_noise_alpha": 0...1000, "preprocessing_num_workers": 1...128, "dataloader_num_workers": 0...128,
    "preprocessing_batch_size": 1...1_000_000, "buffer_size": 1...10_000_000, "early_stopping_steps": 1...1e9,
    "freeze_trainable_layers": -1000...1000, "pref_beta": 0...1000, "simpo_gamma": 0...1000,
    "dpo_label_smoothing": 0...0.5, "max_new_tokens": 1...1_000_000, "ddp_timeout": 1...1e9,
    "loraplus_lr_ratio": 1e-6...1e6, "oft_block_size": 0...65536, "oft_rank": 0...65536,
  ]
}
