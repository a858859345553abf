extension PipelineSchema {
  /// The step that makes datasets of one, by the words that `PrepareDatasetRequest` has.
  static let prepare = Kind(
    name: "prepare",
    summary:
      "Makes a dataset of another, by exactly one of convert, split, dedupe, filter and sample. Makes dataset and rows; of a split dataset is the part to train on, and there are eval and test for the shares it has.",
    fields: [
      ("dataset", text(1, 1024, "The name of a dataset, or ${steps.ID.dataset}.")),
      (
        "convert",
        operation(
          "The same rows in another format or file.",
          [
            "format": words("alpaca", "sharegpt", "openai_messages", "pretraining"),
            "container": words("json_array", "jsonl", "text"), "allow_loss": type("boolean"),
          ])
      ),
      (
        "split",
        operation(
          "Parts that have no row in common; a tenth is for evaluation where no share is given.",
          [
            "eval": share, "test": share, "seed": type("integer"), "stratify": type("string"),
            "group": type("string"),
          ])
      ),
      (
        "dedupe",
        operation(
          "Leaves out rows that were there before, by all columns or those in by; similar also those much alike.",
          ["by": list, "similar": type("number")])
      ),
      (
        "filter",
        operation(
          "Keeps the rows that hold to all of it.",
          [
            "field": type("string"), "min_characters": type("integer"), "max_characters": type("integer"),
            "min_tokens": type("integer"), "max_tokens": type("integer"), "matching": type("string"),
            "not_matching": type("string"), "scripts": list, "empty_answers": type("boolean"),
            "invalid": type("boolean"),
          ])
      ),
      (
        "sample",
        operation(
          "Some rows by chance: so many, or a share of them.",
          ["rows": type("integer"), "share": share, "seed": type("integer")])
      ),
      ("name", text(1, 200, "What comes out is called; the source's next version where left out.")),
    ], required: ["dataset"])

  private static let share = JSONValue.object([
    "type": .string("number"), "minimum": .integer(0), "maximum": .integer(1),
  ])

  private static let list = JSONValue.object([
    "type": .string("array"), "minItems": .integer(1), "maxItems": .integer(32), "items": type("string"),
  ])

  private static func operation(_ summary: String, _ properties: [String: JSONValue]) -> JSONValue {
    .object([
      "type": .string("object"), "description": .string(summary), "properties": .object(properties),
      "additionalProperties": .bool(false),
    ])
  }

  private static func type(_ name: String) -> JSONValue { .object(["type": .string(name)]) }

  private static func words(_ all: String...) -> JSONValue {
    .object(["enum": .array(all.map { .string($0) })])
  }
}
