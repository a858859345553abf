/// The checked LLaMA-Factory arguments of a run: Luthier's defaults, and what the user chose.
///
/// Every argument of `ArgumentCatalogue` may be set by its own name, but for those that `ArgumentPolicy` refuses.
/// The usual ones have typed properties, see `TrainingArguments+Typed.swift`. Values that are absent are left to
/// the trainer's own defaults.
package struct TrainingArguments: Sendable, Equatable {
  /// Every value that goes into the run's configuration, by LLaMA-Factory's name.
  package internal(set) var values: [String: ArgumentValue]

  /// Luthier's defaults alone: LoRA by supervised fine-tuning.
  package init() { values = Self.defaults }

  /// Where Luthier's defaults differ from the trainer's, or pin what a run relies on.
  ///
  /// The trainer logs every 500 steps only, which shows nothing of a small run, and gives up on a distributed run
  /// when preparing the data takes half an hour.
  package static let defaults: [String: ArgumentValue] = [
    "stage": "sft", "finetuning_type": "lora", "num_train_epochs": 3.0, "learning_rate": 5e-05,
    "per_device_train_batch_size": 4, "gradient_accumulation_steps": 1, "cutoff_len": 1024,
    "lr_scheduler_type": "cosine", "lora_rank": 8, "lora_target": "all", "logging_steps": 5.0,
    "logging_first_step": true, "save_strategy": "steps", "save_steps": 200.0, "save_total_limit": 1,
    "plot_loss": true, "report_to": "none", "seed": 42, "ddp_timeout": 180_000_000,
  ]

  /// Luthier's defaults with `given` laid over them.
  ///
  /// - Throws: `invalid_input`, with every problem told, not the first alone.
  package init(_ given: [String: ArgumentValue]) throws(DomainError) {
    self.init()
    let problems = merge(given) + conflicts()
    if !problems.isEmpty { throw .invalid(problems) }
  }

  /// Lays `given` over the present values and returns what was refused; a refused value changes nothing.
  ///
  /// A `null` removes a value, so that the trainer's default holds. What values mean together is told by
  /// `conflicts(hasEvaluationData:)`.
  package mutating func merge(_ given: [String: ArgumentValue]) -> [ArgumentProblem] {
    var problems: [ArgumentProblem] = []
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      do throws(ArgumentRefusal) {
        let checked = try Self.checked(value, for: name)
        if checked == .null { values[name] = nil } else { values[name] = checked }
      } catch {
        problems.append(error.problem)
      }
    }
    return problems
  }

  package subscript(name: String) -> ArgumentValue? { values[name] }
}

/// Carries a problem out of a check.
struct ArgumentRefusal: Error {
  let problem: ArgumentProblem
}

extension TrainingArguments: Codable {
  package init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode([String: ArgumentValue].self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values)
  }
}
