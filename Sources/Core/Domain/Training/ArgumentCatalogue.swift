/// One argument that `llamafactory-cli train` takes.
package struct ArgumentSpecification: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable { case bool, int, float, string, list, object }

  /// LLaMA-Factory's own name.
  package let name: String
  /// The types it takes.
  package let kinds: Set<Kind>
  package let acceptsNull: Bool
  /// The trainer's default as JSON text; Luthier's own stand in `TrainingArguments.defaults`.
  package let defaultJSON: String
  /// The strings it is limited to; empty where any is taken.
  package let choices: [String]
  /// One English line.
  package let help: String

  /// The types as people say them: "an integer or null".
  package var expectation: String {
    let names = Kind.allCases.filter(kinds.contains).map { kind in
      switch kind {
      case .bool: "true or false"
      case .int: "an integer"
      case .float: "a number"
      case .string: "a string"
      case .list: "a list"
      case .object: "an object"
      }
    }
    return (names + (acceptsNull ? ["null"] : [])).joined(separator: " or ")
  }
}

/// Every argument of the pinned LLaMA-Factory, read from the tables that `scripts/extract-arguments.py` makes.
package enum ArgumentCatalogue {
  /// All arguments, in the trainer's own order.
  package static let all: [ArgumentSpecification] = [
    modelTable, dataTable, trainingTable, finetuningTable, generatingTable,
  ].flatMap(parse)

  package static func specification(of name: String) -> ArgumentSpecification? { byName[name] }

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The existing name a misspelt one most probably means, or nil where none is near.
  package static func nearest(to name: String) -> String? {
    let wanted = Array(name.utf8.prefix(64)).map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
    let limit = max(1, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in all {
      let distance = editDistance(wanted, Array(candidate.name.utf8))
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate.name, distance) }
    }
    return best?.name
  }

  /// Names people use for an argument that bears another one here.
  package static let synonyms = [
    "epochs": "num_train_epochs", "batch_size": "per_device_train_batch_size", "lr": "learning_rate",
    "max_length": "cutoff_len", "max_seq_length": "cutoff_len", "rank": "lora_rank", "alpha": "lora_alpha",
    "scheduler": "lr_scheduler_type", "optimizer": "optim", "grad_accum": "gradient_accumulation_steps",
    "group_by_length": "train_sampling_strategy", "evaluation_strategy": "eval_strategy",
  ]

  private static func parse(_ table: String) -> [ArgumentSpecification] {
    var result: [ArgumentSpecification] = []
    var head: [Substring] = []
    var choices: [String] = []
    for line in table.split(separator: "\n") {
      if !line.hasPrefix("  ") {
        head = line.split(separator: " ")
        choices = []
      } else if line.hasPrefix("  = ") {
        choices += line.dropFirst(4).split(separator: " ").map(String.init)
      } else if head.count == 3 {
        let optional = head[1].hasSuffix("?")
        let kinds = head[1].split { $0 == "/" || $0 == "?" }
        result.append(
          ArgumentSpecification(
            name: String(head[0]),
            kinds: Set(kinds.compactMap { ArgumentSpecification.Kind(rawValue: String($0)) }),
            acceptsNull: optional, defaultJSON: String(head[2]), choices: choices,
            help: String(line.dropFirst(2))))
      }
    }
    return result
  }

  /// Levenshtein's distance in bytes.
  static func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for i in first.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in second.indices {
        let above = row[j + 1]
        row[j + 1] = min(row[j] + 1, above + 1, diagonal + (first[i] == second[j] ? 0 : 1))
        diagonal = above
      }
    }
    return row[second.count]
  }
}
