import Domain
import SQLAccess

extension ChatSettings {
  /// The columns of every table that holds settings.
  static let columns: SQL = "system_prompt, temperature, top_p, top_k, max_tokens, seed"

  init(row: Row) throws {
    self.init(
      systemPrompt: try row.get("system_prompt"), temperature: try row.get("temperature"),
      topP: try row.get("top_p"), topK: try row.get("top_k"), maxTokens: try row.get("max_tokens"),
      seed: try row.get("seed"))
  }
}
