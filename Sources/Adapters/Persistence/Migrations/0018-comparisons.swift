import SQLAccess

extension Migration {
  /// What a conversation's replies are asked for with, why one failed, saved presets, and comparisons of models with
  /// the votes on them.
  ///
  /// The histories of a comparison's replies are JSON: they are only ever read whole.
  static let comparisons = Migration(
    "0018_comparisons",
    [
      "ALTER TABLE conversations ADD COLUMN system_prompt \(type: .text)",
      "ALTER TABLE conversations ADD COLUMN temperature \(type: .real)",
      "ALTER TABLE conversations ADD COLUMN top_p \(type: .real)",
      "ALTER TABLE conversations ADD COLUMN top_k \(type: .integer)",
      "ALTER TABLE conversations ADD COLUMN max_tokens \(type: .integer)",
      "ALTER TABLE conversations ADD COLUMN seed \(type: .integer)",
      "ALTER TABLE messages ADD COLUMN failure_code \(type: .key)",
      "ALTER TABLE messages ADD COLUMN failure_message \(type: .text)",
      "ALTER TABLE messages ADD COLUMN failure_hint \(type: .text)",
      """
      CREATE TABLE chat_presets (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        name \(type: .key) NOT NULL,
        model \(type: .text),
        system_prompt \(type: .text),
        temperature \(type: .real),
        top_p \(type: .real),
        top_k \(type: .integer),
        max_tokens \(type: .integer),
        seed \(type: .integer),
        created_at \(type: .integer) NOT NULL,
        updated_at \(type: .integer) NOT NULL,
        UNIQUE (user_id, name),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      """
      CREATE TABLE comparisons (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        user_id \(type: .key) NOT NULL,
        prompt \(type: .text) NOT NULL,
        system_prompt \(type: .text),
        temperature \(type: .real),
        top_p \(type: .real),
        top_k \(type: .integer),
        max_tokens \(type: .integer),
        seed \(type: .integer),
        verdict \(type: .key) NOT NULL,
        winner \(type: .integer),
        blind \(type: .boolean) NOT NULL,
        created_at \(type: .integer) NOT NULL,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
      "CREATE INDEX comparisons_by_user ON comparisons (user_id, number)",
      """
      CREATE TABLE comparison_replies (
        comparison_id \(type: .key) NOT NULL,
        place \(type: .integer) NOT NULL,
        model \(type: .text) NOT NULL,
        content \(type: .text) NOT NULL,
        history \(type: .text),
        PRIMARY KEY (comparison_id, place),
        FOREIGN KEY (comparison_id) REFERENCES comparisons (id) ON DELETE CASCADE
      ) \(tableOptions: .strict)
      """,
    ])
}
