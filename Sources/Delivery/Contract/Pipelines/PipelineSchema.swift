/// The JSON schema (2020-12) of a pipeline's file: what editors complete by, and what a model drafts one by.
package enum PipelineSchema {
  /// Where a server has it.
  package static let path = "/api/pipelines/schema"

  package static let document: JSONValue = .object([
    "$schema": .string("https://json-schema.org/draft/2020-12/schema"),
    "title": .string("Luthier pipeline"),
    "description": .string(
      "Steps that run one after the other; ${steps.ID.OUTPUT} stands for what an earlier step made."),
    "type": .string("object"),
    "properties": .object([
      "name": text(1, 60, "What the run is called."),
      "description": text(1, 2000, "What it is for."),
      "steps": .object([
        "type": .string("array"), "minItems": .integer(1), "maxItems": .integer(50),
        "items": .object(["oneOf": .array(kinds.map(\.schema))]),
      ]),
    ]),
    "required": .array([.string("name"), .string("steps")]),
    "additionalProperties": .bool(false),
  ])

  /// A kind of step.
  package struct Kind: Sendable {
    package let name: String
    package let summary: String
    /// Without id, kind and after.
    package let fields: [(name: String, schema: JSONValue)]
    package let required: [String]

    var schema: JSONValue {
      var properties: [String: JSONValue] = [
        "kind": .object(["const": .string(name)]),
        "id": .object([
          "type": .string("string"), "pattern": .string("^[A-Za-z][A-Za-z0-9_-]{0,39}$"),
          "description": .string("What other steps refer to it by; its kind where left out."),
        ]),
        "after": .object([
          "anyOf": .array([
            .object(["type": .string("string")]),
            .object(["type": .string("array"), "items": .object(["type": .string("string")])]),
          ]),
          "description": .string("Ids of steps that come before it without a reference."),
        ]),
      ]
      for field in fields { properties[field.name] = field.schema }
      return .object([
        "type": .string("object"), "title": .string(name), "description": .string(summary),
        "properties": .object(properties),
        "required": .array((["kind"] + required).map { .string($0) }),
        "additionalProperties": .bool(false),
      ])
    }
  }

  package static let kinds: [Kind] = [
    PipelineSchema.prepare,
    Kind(
      name: "train", summary: "Fine-tunes a model. Makes model and task.",
      fields: [
        (
          "model",
          text(
            1, 1024, "The base: a hub name, a folder on the host, one of your models, or ${steps.ID.model}.")
        ),
        ("dataset", oneOrMore("Names of your datasets, or ${steps.ID.dataset}.")),
        (
          "name",
          text(1, 100, "What the task and its model are called; the pipeline's name and the step's id else.")
        ),
        ("epochs", number(above: 0, upTo: 10_000, "Times through the data (3).")),
        ("learning_rate", number(above: 0, upTo: 1, "5e-5 where left out.")),
        ("batch_size", integer(1, 4096, "Rows at once on each device (4).")),
        ("template", text(1, 60, "LLaMA-Factory's template; chosen from the base where left out.")),
        (
          "arguments",
          .object([
            "type": .string("object"),
            "description": .string("Further LLaMA-Factory arguments by their own names, such as lora_rank."),
          ])
        ),
        ("priority", integer(-10, 10, "Higher runs first (0).")),
        ("gpus", integer(0, 64, "How many GPUs; 0 trains on the processor.")),
        (
          "gpu_ids",
          .object([
            "type": .string("array"), "minItems": .integer(1), "maxItems": .integer(64),
            "items": .object(["type": .string("integer"), "minimum": .integer(0), "maximum": .integer(1023)]),
            "description": .string("These GPUs and no others."),
          ])
        ),
        ("host", text(1, 64, "The host to train on, by its host_id.")),
      ], required: ["model", "dataset"]),
    Kind(
      name: "evaluate",
      summary:
        "Asks a model the questions of a dataset and compares its answers with the dataset's. Makes score, exact and rows.",
      fields: [
        ("model", text(1, 1024, "One of your models, or ${steps.ID.model}.")),
        ("dataset", text(1, 1024, "The name of a dataset, or ${steps.ID.dataset}.")),
        ("rows", integer(1, 200, "How many of its rows, from the first (20).")),
        ("max_tokens", integer(1, 2048, "Of each answer (256).")),
        (
          "at_least",
          .object([
            "type": .string("number"), "minimum": .integer(0), "maximum": .integer(1),
            "description": .string("The step fails, and the pipeline with it, where the score is less."),
          ])
        ),
      ], required: ["model", "dataset"]),
    Kind(
      name: "merge", summary: "Merges an adapter into its base. Makes model.",
      fields: [
        ("model", text(1, 1024, "An adapter of yours, or ${steps.ID.model}.")),
        ("name", text(1, 100, "What the merged model is called.")),
      ], required: ["model"]),
    Kind(
      name: "serve",
      summary:
        "Loads a model, so that it answers at once. Makes model, service and, with a question, answer.",
      fields: [
        ("model", text(1, 1024, "One of your models, or ${steps.ID.model}.")),
        ("question", text(1, 4000, "Asked once it is loaded; what it says is kept as answer.")),
      ], required: ["model"]),
    Kind(
      name: "index",
      summary: "Puts datasets into an index that answers are looked up in. Makes index and documents.",
      fields: [
        ("name", text(1, 64, "The index; made where it is not there.")),
        ("dataset", oneOrMore("Names of your datasets, or ${steps.ID.dataset}.")),
      ], required: ["name", "dataset"]),
    Kind(
      name: "notify", summary: "Tells you something, and an address of yours where one is given.",
      fields: [
        ("message", text(1, 4000, "References may stand in it.")),
        (
          "webhook",
          .object([
            "type": .string("string"), "format": .string("uri"), "maxLength": .integer(2048),
            "description": .string("Gets the message as JSON."),
          ])
        ),
      ], required: ["message"]),
  ]

  static func text(_ least: Int64, _ most: Int64, _ summary: String) -> JSONValue {
    .object([
      "type": .string("string"), "minLength": .integer(least), "maxLength": .integer(most),
      "description": .string(summary),
    ])
  }

  private static func integer(_ least: Int64, _ most: Int64, _ summary: String) -> JSONValue {
    .object([
      "type": .string("integer"), "minimum": .integer(least), "maximum": .integer(most),
      "description": .string(summary),
    ])
  }

  private static func number(above least: Int64, upTo most: Int64, _ summary: String) -> JSONValue {
    .object([
      "type": .string("number"), "exclusiveMinimum": .integer(least), "maximum": .integer(most),
      "description": .string(summary),
    ])
  }

  private static func oneOrMore(_ summary: String) -> JSONValue {
    let one = JSONValue.object([
      "type": .string("string"), "minLength": .integer(1), "maxLength": .integer(1024),
    ])
    return .object([
      "anyOf": .array([
        one,
        .object([
          "type": .string("array"), "minItems": .integer(1), "maxItems": .integer(50), "items": one,
        ]),
      ]), "description": .string(summary),
    ])
  }
}
