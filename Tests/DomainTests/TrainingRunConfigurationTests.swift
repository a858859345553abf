import Testing

@testable import Domain

@Suite struct TrainingRunConfigurationTests {
  private func layout(_ change: (inout RunLayout) -> Void = { _ in }) -> RunLayout {
    var layout = RunLayout(
      modelPath: "/models/base", template: "qwen", datasetNames: ["identity"],
      datasetFolder: "/work/a b/data",
      outputFolder: "/work/out", device: .cpu)
    change(&layout)
    return layout
  }

  @Test func `the file reads as the trainer needs it, and is the same every time`() throws {
    let arguments = try TrainingArguments(["default_system": "Say \"hi\": #1\nnot 'no'", "lora_alpha": 64])
    let expected = """
      model_name_or_path: "/models/base"
      template: "qwen"
      stage: "sft"
      do_train: true
      finetuning_type: "lora"
      dataset: "identity"
      dataset_dir: "/work/a b/data"
      output_dir: "/work/out"
      overwrite_output_dir: true
      cutoff_len: 1024
      ddp_timeout: 180000000
      default_system: "Say \\"hi\\": #1\\nnot 'no'"
      gradient_accumulation_steps: 1
      learning_rate: 5.0e-05
      logging_first_step: true
      logging_steps: 5.0
      lora_alpha: 64
      lora_rank: 8
      lora_target: "all"
      lr_scheduler_type: "cosine"
      num_train_epochs: 3.0
      per_device_train_batch_size: 4
      plot_loss: true
      report_to: "none"
      save_steps: 200.0
      save_strategy: "steps"
      save_total_limit: 1
      seed: 42

      """
    #expect(try RunConfiguration(arguments: arguments, layout: layout()).yaml == expected)
  }

  @Test func `resuming names the checkpoint and overwrites nothing`() throws {
    let yaml = try RunConfiguration(
      arguments: TrainingArguments(), layout: layout { $0.checkpoint = "/work/out/checkpoint-40" }
    ).yaml
    #expect(yaml.contains("resume_from_checkpoint: \"/work/out/checkpoint-40\"\n"))
    #expect(!yaml.contains("overwrite_output_dir"))
  }

  @Test func `a GPU is used in half precision unless the user chose otherwise`() throws {
    func yaml(_ given: [String: ArgumentValue], _ device: RunLayout.Device) throws -> String {
      try RunConfiguration(arguments: TrainingArguments(given), layout: layout { $0.device = device }).yaml
    }
    #expect(try yaml([:], .gpu(bf16: true)).contains("bf16: true\n"))
    #expect(try yaml([:], .gpu(bf16: false)).contains("fp16: true\n"))
    #expect(try !yaml(["bf16": false], .gpu(bf16: true)).contains("bf16: true"))
    #expect(try !yaml([:], .cpu).contains("16: true"))
    #expect(try yaml(["bf16": true], .cpu).contains("use_cpu: true\n"))
  }

  @Test func `what needs a GPU is refused where there is none`() throws {
    let arguments = try TrainingArguments(["quantization_bit": 4])
    #expect(throws: DomainError.self) { try RunConfiguration(arguments: arguments, layout: layout()) }
    #expect(throws: Never.self) {
      try RunConfiguration(arguments: arguments, layout: layout { $0.device = .gpu(bf16: true) })
    }
  }

  @Test(arguments: ["a,b", "a b", "", "../x/y", "名", "a\nb"])
  func `a dataset name that would read as another is refused`(_ name: String) {
    #expect(throws: DomainError.self) {
      try RunConfiguration(arguments: TrainingArguments(), layout: layout { $0.datasetNames = [name] })
    }
  }

  @Test(arguments: ["/m/${oc.env:HOME}", "/m/a\nb", "/m/\u{0}"])
  func `a path the trainer would misread is refused`(_ path: String) {
    #expect(throws: DomainError.self) {
      try RunConfiguration(arguments: TrainingArguments(), layout: layout { $0.modelPath = path })
    }
  }

  @Test func `what the arguments say of the server's own settings is not in the file`() throws {
    var arguments = TrainingArguments()
    arguments.values["output_dir"] = "/etc"
    arguments.template = "llama3"
    let configuration = try RunConfiguration(arguments: arguments, layout: layout())
    #expect(!configuration.yaml.contains("/etc"))
    #expect(configuration.yaml.contains("template: \"llama3\""))
    #expect(Set(configuration.entries.map(\.name)).count == configuration.entries.count)
  }

  @Test func `the command shown is quoted for a shell`() throws {
    let arguments = try TrainingArguments(["default_system": "it's $(rm -rf ~)", "max_steps": -1])
    let command = try RunConfiguration(arguments: arguments, layout: layout()).displayCommand
    #expect(command.hasPrefix("llamafactory-cli train --model_name_or_path /models/base --template qwen"))
    #expect(command.contains(#"--default_system 'it'\''s $(rm -rf ~)'"#))
    #expect(command.contains("--dataset_dir '/work/a b/data'"))
    #expect(command.contains("--max_steps -1"))
    #expect(command.contains("--do_train true"))
  }

  @Test(arguments: [
    (5e-05, "5.0e-05"), (1.5e-07, "1.5e-07"), (3, "3.0"), (1e20, "1.0e+20"), (0.1, "0.1"),
    (-2.5e300, "-2.5e+300"),
  ])
  func `a float is one for YAML 1.1 too`(_ number: Double, _ text: String) {
    #expect(YAMLText.float(number) == text)
  }

  @Test func `no text escapes its quotes`() {
    #expect(YAMLText.quoted("a\"b\\c\n\r\t") == #""a\"b\\c\n\r\t""#)
    #expect(
      YAMLText.quoted("\u{0}\u{7F}\u{85}\u{2028}\u{FEFF}\u{FFFF}") == #""\x00\x7F\x85\u2028\uFEFF\uFFFF""#)
    #expect(
      YAMLText.quoted("中文 é 😀 - : {x} &a *b !c %d @e `f` | >") == "\"中文 é 😀 - : {x} &a *b !c %d @e `f` | >\"")
    let nested: ArgumentValue = .object(["b": .list([1, "x\ny"]), "a: b": .null])
    #expect(YAMLText.scalar(nested) == #"{"a: b": null, "b": [1, "x\ny"]}"#)
  }
}
