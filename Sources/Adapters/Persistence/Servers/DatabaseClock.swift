import SQLAccess

extension SQL {
  /// Milliseconds since 1970, by the database's own clock.
  static var databaseTime: SQL {
    """
    \(
      sqlite: "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)",
      postgres: "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
      mysql: "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)")
    """
  }
}
