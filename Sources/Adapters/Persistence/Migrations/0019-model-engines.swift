import SQLAccess

extension Migration {
  /// The engine of a model (null: the server's), and the adapter that a merged one was made of.
  static let modelEngines = Migration(
    "0019_model_engines",
    [
      "ALTER TABLE models ADD COLUMN engine \(type: .key)",
      "ALTER TABLE models ADD COLUMN merged_from \(type: .key)",
    ])
}
