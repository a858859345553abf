import SQLAccess

extension Migration {
  /// Accounts that are locked, and what each may hold and use; null is what everyone may.
  static let userQuotas = Migration(
    "0021_user_quotas",
    [
      "ALTER TABLE users ADD COLUMN is_disabled \(type: .integer) NOT NULL DEFAULT 0",
      "ALTER TABLE users ADD COLUMN storage_bytes \(type: .integer)",
      "ALTER TABLE users ADD COLUMN unfinished_tasks \(type: .integer)",
      "ALTER TABLE users ADD COLUMN requests_per_minute \(type: .integer)",
      "ALTER TABLE users ADD COLUMN tokens_per_day \(type: .integer)",
    ])
}
