import Testing

@testable import Domain

@Suite struct TrainingArgumentsTests {
  private func problems(_ given: [String: ArgumentValue]) -> [ArgumentProblem] {
    var arguments = TrainingArguments()
    return arguments.merge(given) + arguments.conflicts()
  }

  private func code(_ given: [String: ArgumentValue]) -> ArgumentProblem.Code? { problems(given).first?.code }

  @Test func `the defaults contradict nothing and show a small run's progress`() {
    let arguments = TrainingArguments()
    #expect(arguments.conflicts().isEmpty)
    #expect(arguments.loggingSteps == 5)
    #expect(arguments["report_to"] == "none")
    var again = arguments
    #expect(again.merge(arguments.values).isEmpty)
    #expect(again == arguments)
  }

  @Test func `every argument of the trainer is known with its type`() throws {
    #expect(ArgumentCatalogue.all.count == 346)
    #expect(ArgumentCatalogue.all.allSatisfy { !$0.kinds.isEmpty && !$0.help.isEmpty })
    let stage = try #require(ArgumentCatalogue.specification(of: "stage"))
    #expect(stage.choices == ["pt", "sft", "rm", "ppo", "dpo", "kto"])
    let thinking = try #require(ArgumentCatalogue.specification(of: "enable_thinking"))
    #expect(thinking.acceptsNull)
    #expect(thinking.defaultJSON == "true")
  }

  @Test func `typed and named access are the same thing`() throws {
    var arguments = TrainingArguments()
    arguments.epochs = 30
    arguments.loraRank = 32
    arguments.quantizationBits = 4
    #expect(arguments["num_train_epochs"] == 30.0)
    #expect(arguments["lora_rank"] == 32)
    arguments.quantizationBits = nil
    #expect(arguments["quantization_bit"] == nil)
    let given = try TrainingArguments([
      "learning_rate": 3e-3, "max_steps": 7, "disable_gradient_checkpointing": true,
    ])
    #expect(given.learningRate == 3e-3)
    #expect(given.maxSteps == 7)
    #expect(!given.gradientCheckpointing)
  }

  @Test func `text from a terminal becomes the type the argument has`() throws {
    let given = try TrainingArguments([
      "learning_rate": "5e-5", "lora_rank": "16", "packing": "true", "num_train_epochs": 4,
      "max_samples": 10.0,
      "lora_alpha": "null",
    ])
    #expect(given["learning_rate"] == 5e-5)
    #expect(given["lora_rank"] == 16)
    #expect(given["packing"] == true)
    #expect(given["num_train_epochs"] == 4.0)
    #expect(given["max_samples"] == 10)
    #expect(given["lora_alpha"] == nil)
  }

  @Test(arguments: [
    ("lora_rnk", "lora_rank"), ("learning-rate", "learning_rate"), ("epochs", "num_train_epochs"),
    ("group_by_length", "train_sampling_strategy"), ("warmup_step", "warmup_steps"),
  ])
  func `an unknown name is refused with the one that was meant`(_ name: String, _ meant: String) throws {
    let problem = try #require(problems([name: 1]).first)
    #expect(problem.code == .unknownArgument)
    #expect(problem.hint.contains("`\(meant)`"))
  }

  @Test func `a name like no other gets no suggestion, and cannot write to a terminal`() throws {
    let problem = try #require(problems(["\u{1B}[31mzzzzzzzzzzzzzzzzzzzz": 1]).first)
    #expect(problem.code == .unknownArgument)
    #expect(!problem.hint.contains("Did you mean"))
    #expect(!problem.message.contains("\u{1B}"))
  }

  @Test(arguments: [
    ("lora_rank", "abc" as ArgumentValue), ("lora_rank", 1.5), ("lora_rank", true), ("learning_rate", "fast"),
    ("learning_rate", .number(.infinity)), ("packing", 1), ("lora_target", 5), ("plot_loss", .list([true])),
    ("lr_scheduler_kwargs", "ds.json"), ("lora_target", .object([:])),
  ])
  func `a value of the wrong type is refused`(_ name: String, _ value: ArgumentValue) {
    #expect(code([name: value]) == .wrongType)
  }

  @Test(arguments: [
    ("num_train_epochs", -1.0 as ArgumentValue), ("num_train_epochs", 0), ("learning_rate", 0.0),
    ("learning_rate", 2.0), ("per_device_train_batch_size", 0), ("lora_rank", 0), ("cutoff_len", 0),
    ("max_steps", 0), ("max_steps", -5), ("logging_steps", 0), ("logging_steps", 1.5), ("seed", -1),
    ("lora_dropout", 1.0), ("val_size", -0.1),
    ("default_system", .string(String(repeating: "x", count: 20_001))),
  ])
  func `a value out of range is refused before a GPU is taken`(_ name: String, _ value: ArgumentValue) {
    #expect(code([name: value]) == .outOfRange)
  }

  @Test func `a choice that does not exist is refused with those that do`() throws {
    let problem = try #require(problems(["finetuning_type": "qlora"]).first)
    #expect(problem.code == .unknownChoice)
    #expect(problem.hint.contains("lora, oft, freeze, full"))
    #expect(code(["template": "nosuch"]) == .unknownChoice)
    #expect(code(["template": "qwen"]) == nil)
  }

  @Test func `all problems are told at once`() {
    #expect {
      try TrainingArguments(["lora_rank": "x", "nonsense_argument_name": 1, "output_dir": "/tmp"])
    } throws: { error in
      let text = String(describing: error)
      return text.contains("lora_rank") && text.contains("nonsense") && text.contains("output_dir")
    }
  }

  @Test(arguments: [
    ["bf16": true, "fp16": true] as [String: ArgumentValue],
    ["quantization_bit": 4, "finetuning_type": "full"],
    ["stage": "ppo"], ["stage": "dpo", "neat_packing": true], ["streaming": true],
    ["eval_strategy": "steps"], ["do_predict": true], ["load_best_model_at_end": true],
    ["load_best_model_at_end": true, "eval_strategy": "epoch", "val_size": 0.1],
    ["train_on_prompt": true, "mask_history": true],
  ])
  func `what contradicts itself is refused`(_ given: [String: ArgumentValue]) {
    #expect(code(given) == .conflict)
  }

  @Test func `evaluation passes once there is data for it`() {
    #expect(problems(["eval_strategy": "steps", "val_size": 0.1]).isEmpty)
    var arguments = TrainingArguments()
    #expect(arguments.merge(["eval_strategy": "steps"]).isEmpty)
    #expect(arguments.conflicts(hasEvaluationData: true).isEmpty)
  }
}
