import Contract
import HTTPServing
import HTTPWire

extension Routes {
  /// Saved presets, and comparisons of models.
  static let comparisons: [Endpoint] = [
    Endpoint(
      .get, "/api/chat/presets", "listPresets", "My presets: system prompts and parameters under names",
      tag: "Conversations", answer: .json(SavedPresetListReply.self), action: Presets.list),
    Endpoint(
      .post, "/api/chat/presets", "createPreset", "Keep a system prompt and parameters under a name",
      tag: "Conversations", body: .json(CreatePresetRequest.self), answer: .json(SavedPresetReply.self),
      errors: [.conflict], action: Presets.create),
    Endpoint(
      .patch, "/api/chat/presets/{preset_id}", "changePreset", "Rename or change a preset",
      tag: "Conversations", body: .json(ChangePresetRequest.self), answer: .json(SavedPresetReply.self),
      errors: [.notFound, .conflict], action: Presets.change),
    Endpoint(
      .delete, "/api/chat/presets/{preset_id}", "deletePreset", "Delete a preset", tag: "Conversations",
      answer: .json(MessageReply.self), errors: [.notFound], action: Presets.delete),
    Endpoint(
      .post, "/api/comparisons", "recordComparison", "Keep a vote on the answers of two to four models",
      tag: "Comparisons", body: .json(ComparisonRequest.self), answer: .json(ComparisonReply.self),
      bodyLimit: 8 << 20, action: Comparisons.record),
    Endpoint(
      .get, "/api/comparisons", "listComparisons", "My votes, the newest first, and how the models came out",
      tag: "Comparisons",
      query: [
        .init(name: "limit", summary: "1 to 100, 20 without it", type: "integer"),
        .init(name: "after", summary: "The next of an answer: what comes behind it", type: "string"),
      ], answer: .json(ComparisonListReply.self), errors: [.unprocessableContent], action: Comparisons.list),
    Endpoint(
      .get, "/api/comparisons/export", "exportComparisons",
      "My votes as preference data (JSON Lines) that can be uploaded as a dataset", tag: "Comparisons",
      query: [
        .init(name: "format", summary: "dpo: pairs, as without it; kto: answers with a tag", type: "string")
      ],
      answer: .bytes("application/jsonl"), errors: [.unprocessableContent], action: Comparisons.export),
    Endpoint(
      .delete, "/api/comparisons/{comparison_id}", "deleteComparison", "Delete a vote", tag: "Comparisons",
      answer: .json(MessageReply.self), errors: [.notFound], action: Comparisons.delete),
  ]
}
