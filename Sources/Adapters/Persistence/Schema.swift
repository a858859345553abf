package import SQLAccess

/// The shape of Luthier's database: every step it ever took, in order.
package enum Schema {
  package static let migrations: [Migration] = [
    .users, .apiKeys, .events, .datasets, .tasks, .models, .services,
    .conversations, .messages, .userConfigs, .hosts, .placement, .conversationDetails, .usage, .modelLoads,
    .discoveredModels, .conversationPages, .comparisons, .modelEngines, .datasetVersions, .userQuotas,
    .gpuCurvesAndRemovedAccounts,
    .retrieval, .sourcesAndVectors, .pipelines, .conversationIndexes, .rerankers,
    .clusters, .largeIndexes, .keptFailures, .servers, .modelArchives, .searchByOwner, .termsOfMessages,
    .termsOfPassages,
  ]

  /// Brings the database to this program's shape and gives the names of the steps that were missing.
  ///
  /// To be awaited before any store is used. Throws `SQLError` as `Migrator.migrate` does.
  ///
  /// - Parameter now: milliseconds since 1970.
  @discardableResult
  package static func migrate(_ database: any SQLDatabase, now: Int64) async throws -> [String] {
    try await Migrator(migrations).migrate(database, now: now)
  }
}
