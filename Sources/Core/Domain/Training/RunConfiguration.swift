/// What the server decides about a run: where things are and what the host can do.
package struct RunLayout: Sendable, Equatable {
  /// What the run computes on.
  package enum Device: Sendable, Equatable {
    case cpu
    /// `bf16` from NVIDIA's Ampere generation on, `fp16` before.
    case gpu(bf16: Bool)
  }

  /// A folder on the host, or a hub name.
  package var modelPath: String
  /// A name of `PromptTemplates.all`.
  package var template: String
  /// Names in `dataset_info.json`; letters, digits, `_`, `-` and `.`.
  package var datasetNames: [String]
  /// The folder on the host that holds `dataset_info.json`.
  package var datasetFolder: String
  package var evaluationDatasetNames: [String]
  /// Where the result goes; the run owns it.
  package var outputFolder: String
  /// An adapter of the user's own to go on from.
  package var adapterPath: String?
  /// A `checkpoint-N` folder to go on from; nil starts from the beginning.
  package var checkpoint: String?
  package var device: Device

  package init(
    modelPath: String, template: String, datasetNames: [String], datasetFolder: String, outputFolder: String,
    evaluationDatasetNames: [String] = [], adapterPath: String? = nil, checkpoint: String? = nil,
    device: Device
  ) {
    self.modelPath = modelPath
    self.template = template
    self.datasetNames = datasetNames
    self.datasetFolder = datasetFolder
    self.outputFolder = outputFolder
    self.evaluationDatasetNames = evaluationDatasetNames
    self.adapterPath = adapterPath
    self.checkpoint = checkpoint
    self.device = device
  }
}

/// The configuration that `llamafactory-cli train FILE.yaml` takes.
///
/// The file's path must be free of spaces: with several GPUs the trainer passes it on unquoted.
package struct RunConfiguration: Sendable {
  /// Every setting, the server's first, then the user's by name.
  package let entries: [(name: String, value: ArgumentValue)]

  /// The whole file.
  package var yaml: String { YAMLText.document(entries) }

  /// The equivalent command as a line for a shell; for people to read and copy.
  package var displayCommand: String {
    (["llamafactory-cli", "train"]
      + entries.flatMap { ["--\($0.name)", ShellText.quoted(Self.commandText($0.value))] })
      .joined(separator: " ")
  }

  /// - Throws: `invalid_input`, where values contradict each other or the host cannot do what they ask.
  package init(arguments: TrainingArguments, layout: RunLayout) throws(DomainError) {
    var problems = arguments.conflicts(hasEvaluationData: !layout.evaluationDatasetNames.isEmpty)
    problems += Self.problems(of: layout)
    if layout.device == .cpu { problems += Self.problemsWithoutGPU(arguments) }
    if !problems.isEmpty { throw .invalid(problems) }

    var head: [(name: String, value: ArgumentValue)] = [
      ("model_name_or_path", .string(layout.modelPath))
    ]
    if let adapter = layout.adapterPath { head.append(("adapter_name_or_path", .string(adapter))) }
    head.append(("template", .string(arguments.template ?? layout.template)))
    head.append(("stage", .string(arguments.stage.rawValue)))
    head.append(("do_train", true))
    head.append(("finetuning_type", .string(arguments.finetuningType.rawValue)))
    head.append(("dataset", .string(layout.datasetNames.joined(separator: ","))))
    if !layout.evaluationDatasetNames.isEmpty {
      head.append(("eval_dataset", .string(layout.evaluationDatasetNames.joined(separator: ","))))
    }
    head.append(("dataset_dir", .string(layout.datasetFolder)))
    head.append(("output_dir", .string(layout.outputFolder)))
    if let checkpoint = layout.checkpoint {
      head.append(("resume_from_checkpoint", .string(checkpoint)))
    } else {
      // Else the trainer silently goes on from whatever checkpoint an earlier attempt left.
      head.append(("overwrite_output_dir", true))
    }

    var chosen = arguments.values
    chosen.merge(Self.precision(arguments, layout.device)) { user, _ in user }
    for entry in head { chosen[entry.name] = nil }
    entries = head + chosen.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }

  /// Half precision where the user chose none and the device has it.
  private static func precision(
    _ arguments: TrainingArguments, _ device: RunLayout.Device
  ) -> [String: ArgumentValue] {
    let names = ["bf16", "fp16", "pure_bf16", "fp8"]
    switch device {
    // The trainer takes bf16 on a CPU only when told that a CPU is meant.
    case .cpu: return arguments.isOn("bf16") ? ["use_cpu": true] : [:]
    case .gpu(let hasBF16):
      if names.contains(where: { arguments.values[$0] != nil }) || arguments.isOn("use_cpu") { return [:] }
      return [hasBF16 ? "bf16" : "fp16": true]
    }
  }

  private static func problems(of layout: RunLayout) -> [ArgumentProblem] {
    var problems: [ArgumentProblem] = []
    let paths = [
      ("model_name_or_path", layout.modelPath), ("dataset_dir", layout.datasetFolder),
      ("output_dir", layout.outputFolder), ("adapter_name_or_path", layout.adapterPath ?? ""),
      ("resume_from_checkpoint", layout.checkpoint ?? ""),
    ]
    for (name, path) in paths
    where path.contains("${") || path.unicodeScalars.contains(where: { $0.value < 32 }) {
      problems.append(
        ArgumentProblem(
          .refused, name, "The path for `\(name)` holds characters the trainer cannot take.",
          hint: "Use a path without `${` and control characters."))
    }
    let names = layout.datasetNames + layout.evaluationDatasetNames
    let allowed = { (byte: UInt8) in
      byte < 128 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber)
        || "_-.".utf8.contains(byte)
    }
    if layout.datasetNames.isEmpty || !names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(allowed) }) {
      problems.append(
        ArgumentProblem(
          .refused, "dataset", "The run has no dataset, or one whose registered name cannot be listed.",
          hint: "Register datasets under names of letters, digits, `_`, `-` and `.`."))
    }
    return problems
  }

  private static func problemsWithoutGPU(_ arguments: TrainingArguments) -> [ArgumentProblem] {
    var problems: [ArgumentProblem] = []
    for name in ["quantization_bit", "pure_bf16", "fp8", "use_unsloth", "tf32"]
    where arguments.values[name] != nil && arguments.values[name] != false {
      problems.append(
        ArgumentProblem(
          .conflict, name, "`\(name)` needs a GPU, and this host has none.",
          hint: "Leave it out, or choose a host with a GPU."))
    }
    return problems
  }

  private static func commandText(_ value: ArgumentValue) -> String {
    if case .string(let text) = value { text } else { YAMLText.scalar(value) }
  }
}
