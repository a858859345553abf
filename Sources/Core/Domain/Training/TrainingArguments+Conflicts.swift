extension TrainingArguments {
  /// What the values mean together that the trainer would refuse, minutes later and on a taken GPU.
  ///
  /// - Parameter hasEvaluationData: whether the run has a dataset of its own to evaluate on.
  package func conflicts(hasEvaluationData: Bool = false) -> [ArgumentProblem] {
    var problems: [ArgumentProblem] = []
    func conflict(_ name: String, _ message: String, _ hint: String) {
      problems.append(ArgumentProblem(.conflict, name, message, hint: hint))
    }

    if stage == .ppo {
      conflict(
        "stage",
        "The stage `ppo` does not run with this trainer: it asks for a `trl` that it excludes itself.",
        "Use `dpo` or `kto` for preferences.")
    }
    if isOn("bf16"), isOn("fp16") {
      conflict("fp16", "`bf16` and `fp16` exclude each other.", "Keep `bf16` where the GPU can.")
    }
    if quantizationBits != nil, finetuningType == .full || finetuningType == .freeze {
      conflict(
        "quantization_bit", "A quantized model can be tuned with `lora` or `oft` only.",
        "Set `finetuning_type` to `lora`, or leave the quantization out.")
    }
    if stage != .sft {
      for name in ["predict_with_generate", "neat_packing", "train_on_prompt", "mask_history"]
      where isOn(name) {
        conflict(name, "`\(name)` works in the stage `sft` only.", "Leave it out.")
      }
    }
    if isOn("train_on_prompt"), isOn("mask_history") {
      conflict("mask_history", "`train_on_prompt` and `mask_history` exclude each other.", "Keep one.")
    }
    if isOn("streaming"), (maxSteps ?? -1) < 1 {
      conflict("max_steps", "`streaming` needs `max_steps`: the length of a stream is not known.", "Set it.")
    }
    if stage == .rewardModel, isOn("load_best_model_at_end") {
      conflict("load_best_model_at_end", "The stage `rm` has no `load_best_model_at_end`.", "Leave it out.")
    }
    problems += evaluationConflicts(hasEvaluationData: hasEvaluationData)
    return problems
  }

  private func evaluationConflicts(hasEvaluationData: Bool) -> [ArgumentProblem] {
    var problems: [ArgumentProblem] = []
    let evaluates = values["eval_strategy"].map { $0 != "no" } ?? false
    let hasData = hasEvaluationData || (validationSize ?? 0) > 0
    let asking =
      ["do_eval", "do_predict", "predict_with_generate", "eval_on_start"].filter(isOn)
      + (evaluates ? ["eval_strategy"] : [])
    if let name = asking.first, !hasData {
      problems.append(
        ArgumentProblem(
          .conflict, name, "`\(name)` needs data to evaluate on.",
          hint: "Set `val_size`, such as 0.1 for a tenth of the rows."))
    }
    if isOn("load_best_model_at_end"), !evaluates {
      problems.append(
        ArgumentProblem(
          .conflict, "load_best_model_at_end", "`load_best_model_at_end` needs `eval_strategy`.",
          hint: "Set `eval_strategy` to `steps` or `epoch`, and `save_strategy` to the same."))
    } else if isOn("load_best_model_at_end"), values["save_strategy"] != values["eval_strategy"],
      values["save_strategy"] != "best"
    {
      problems.append(
        ArgumentProblem(
          .conflict, "save_strategy",
          "`load_best_model_at_end` needs the same strategy for saving as for evaluating.",
          hint: "Set `save_strategy` as `eval_strategy` is."))
    }
    return problems
  }

  func isOn(_ name: String) -> Bool { values[name] == .bool(true) }
}
