import Persistence
import SQLAccess
import SQLiteDriver
import Testing

struct SchemaTests {
  @Test func `an empty database gets every step, a current one none`() async throws {
    let database = try await SQLiteDatabase(SQLiteConfiguration(.memory))
    let names = Schema.migrations.map(\.name)
    #expect(try await Schema.migrate(database, now: 1) == names)
    #expect(try await Schema.migrate(database, now: 2) == [])
    #expect(Set(names).count == names.count)
    #expect(names == names.sorted())
    await database.close()
  }

  @Test func `released steps are as they were released`() {
    // A changed checksum means that a released step was edited, and that every installation would
    // refuse to start. Add a step instead.
    let checksums = Schema.migrations.map { "\($0.name) \($0.checksum(for: .sqlite))" }
    #expect(
      checksums == [
        "0001_users 8fe163cdaa325807",
        "0002_api_keys fa87b90f037c7c15",
        "0003_events 4cc823f8d87b3931",
        "0004_datasets ae7380b52156aba3",
        "0005_tasks b793f193f03139cd",
        "0006_models b1fc5094f4696d95",
        "0007_services 75b9f4b8b5e04332",
        "0008_conversations a145d95a7c91d6bf",
        "0009_messages aee96c68e4df581d",
        "0010_user_configs c56f9e53b142d862",
        "0011_hosts a12ddb2e58af9e56",
        "0012_placement 83a81cd83fa7a05d",
        "0013_conversation_details a9e7341eff04fbb9",
        "0014_usage ea9b6490a697fae8",
        "0015_model_loads cad577c17bb1d6fc",
        "0016_discovered_models 309e0eb930a33552",
        "0017_conversation_pages 6b26df78045fbf77",
        "0018_comparisons 8ed13bee39fe4250",
        "0019_model_engines 27de9a5e391d7ee8",
        "0020_dataset_versions 2c5240e459cb0b21",
        "0021_user_quotas 541098c2ff7f88f4",
        "0022_gpu_curves_and_removed_accounts 90c31cff79dd4397",
        "0025_retrieval d3c43d165938655",
        "0026_sources_and_vectors 9af58e250879ebaf",
        "0028_pipelines f3be99c894022db0",
        "0029_conversation_indexes c16eda6223bca7b6",
        "0030_rerankers cdacff76e5cd096f",
        "0031_clusters 9d5d07f3a798162d",
        "0032_large_indexes c3b742398e641a88",
        "0033_kept_failures bcabc05abbedfb62",
        "0034_servers e133433530ca19a6",
        "0036_model_archives b5b0b99fed4d8069",
        "0037_search_by_owner 1f2377fa945314c2",
        "0038_terms_of_messages bd45123112ecc5ae",
        "0039_terms_of_passages d69889d3a5bde902",
      ])
  }

  private static let ofWordsOfTheirOwn = [
    "0013_conversation_details", "0025_retrieval", "0037_search_by_owner", "0038_terms_of_messages",
    "0039_terms_of_passages",
  ]

  @Test func `steps that servers applied to PostgreSQL stay too`() {
    // What these have words of their own for; the rest is pinned above.
    let own = Schema.migrations.filter { Self.ofWordsOfTheirOwn.contains($0.name) }
    let released = [
      "c5a1e3356332b03e", "aa17aebfcbaef451", "321e2f35c98fa88a", "28568ce7bbc56df6", "c1b62822dbd69df4",
    ]
    #expect(own.map { $0.checksum(for: .postgres) } == released)
    let all = Schema.migrations.prefix(25).map { $0.checksum(for: .postgres) }.joined(separator: " ")
    #expect(Migration("all", [SQL(unsafe: all)]).checksum(for: .postgres) == "7e91028923ef709b")
  }

  @Test(arguments: Dialect.allCases)
  func `each step can be written for each engine`(dialect: Dialect) {
    for migration in Schema.migrations {
      for statement in migration.statements {
        let rendered = statement.rendered(for: dialect)
        #expect(rendered.values.isEmpty, "\(migration.name) binds a value, which no engine takes in a CREATE")
        #expect(rendered.text.contains("AUTOINCREMENT") == false || dialect == .sqlite)
      }
    }
  }
}
