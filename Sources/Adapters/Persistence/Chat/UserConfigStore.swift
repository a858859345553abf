package import Domain
package import SQLAccess

/// Users' chat configurations, with the keys of their own servers sealed.
package struct UserConfigStore: ChatConfigStoring {
  private let database: any SQLDatabase
  private let seal: ColumnSeal

  package init(_ database: any SQLDatabase, seal: ColumnSeal) {
    self.database = database
    self.seal = seal
  }

  /// Where the installation's secret was replaced, the custom server has no key.
  package func config(
    of user: UserID, identifier: String
  ) async throws(DomainError) -> UserChatConfig? {
    try await database.reading { [seal] transaction in
      try transaction.first(
        """
        SELECT current_model_type, model, max_tokens, custom_api_url, custom_model, sealed_api_key, updated_at
        FROM user_configs WHERE user_id = \(user) AND user_identifier = \(identifier)
        """
      ).map { row in
        var custom: UserChatConfig.Custom?
        if let url: String = try row.get("custom_api_url"), let model: String = try row.get("custom_model") {
          let sealed: [UInt8]? = try row.get("sealed_api_key")
          let key = sealed.flatMap { try? seal.open($0, Self.context(user, identifier, url)) }
          custom = .init(
            url: try UpstreamURL(url), model: model, key: key.map { String(decoding: $0, as: UTF8.self) })
        }
        return UserChatConfig(
          userID: user, identifier: identifier, modelType: try row.get("current_model_type"),
          model: try row.get("model"), maxTokens: try row.get("max_tokens"), custom: custom,
          updatedAt: try row.get("updated_at"))
      }
    }
  }

  package func save(_ config: UserChatConfig) async throws(DomainError) {
    let (user, identifier) = (config.userID, config.identifier)
    let sealed = config.custom.flatMap { custom in
      custom.key.map { seal.seal(Array($0.utf8), Self.context(user, identifier, custom.url.text)) }
    }
    _ = try await database.writing { transaction in
      let columns = [
        "current_model_type", "model", "max_tokens", "custom_api_url", "custom_model", "sealed_api_key",
        "updated_at",
      ]
      try transaction.execute(
        .insert(
          into: "user_configs",
          [
            "user_id": user, "user_identifier": identifier, "current_model_type": config.modelType,
            "model": config.model, "max_tokens": config.maxTokens, "custom_api_url": config.custom?.url.text,
            "custom_model": config.custom?.model, "sealed_api_key": sealed, "updated_at": config.updatedAt,
          ]) + " \(onConflict: ["user_id", "user_identifier"], update: columns)")
      // Guests name themselves, so that their number has no other bound.
      return try transaction.execute(
        """
        DELETE FROM user_configs WHERE user_id = \(user) AND number NOT IN (
          SELECT number FROM (
            SELECT number FROM user_configs WHERE user_id = \(user)
            ORDER BY updated_at DESC, number DESC LIMIT 10000
          ) AS kept)
        """)
    }
  }

  /// Tied to the address as well: a key is good for the server it was given for and for no other.
  private static func context(_ user: UserID, _ identifier: String, _ url: String) -> String {
    "user_configs.api_key/\(user.rawValue)/\(identifier)/\(url)"
  }
}
