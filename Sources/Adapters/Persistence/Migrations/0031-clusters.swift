import SQLAccess

extension Migration {
  /// Hosts that are Slurm clusters, and what tasks ask them for.
  ///
  /// A request is a text with a line for each thing asked for, such as `partition=debug`; null asks for nothing.
  static let clusters = Migration(
    "0031_clusters",
    [
      "ALTER TABLE hosts ADD COLUMN kind \(type: .text)",
      "ALTER TABLE hosts ADD COLUMN cluster_request \(type: .text)",
      "ALTER TABLE tasks ADD COLUMN cluster_request \(type: .text)",
      "ALTER TABLE tasks ADD COLUMN cluster_job \(type: .text)",
    ])
}
