package import Domain
package import SQLAccess

/// How long models took to load.
package struct LoadTimeStore: LoadTimeStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func expectedSeconds(of model: LoadSubject) async throws(DomainError) -> Double? {
    try await database.reading { try $0.milliseconds(of: model) }.map { Double($0) / 1000 }
  }

  /// The mean of the new load and of what was expected: a host that became faster is believed soon.
  package func remember(_ seconds: Double, of model: LoadSubject, at time: Timestamp)
    async throws(DomainError)
  {
    let new = Int64(max(0, min(seconds, 1e9)) * 1000)
    try await database.writing { transaction in
      guard let known = try transaction.milliseconds(of: model) else {
        try transaction.execute(
          .insert(
            into: "model_loads",
            [
              "host_id": model.hostID, "engine": model.engine, "model_path": model.modelPath,
              "base_model": model.baseModel ?? "", "milliseconds": new, "loads": Int64(1), "loaded_at": time,
            ]))
        return
      }
      try transaction.execute(
        """
        UPDATE model_loads SET milliseconds = \((known + new) / 2), loads = loads + 1, loaded_at = \(time)
        WHERE host_id = \(model.hostID) AND engine = \(model.engine) AND model_path = \(model.modelPath)
          AND base_model = \(model.baseModel ?? "")
        """)
    }
  }
}

extension SQLTransaction {
  fileprivate func milliseconds(of model: LoadSubject) throws -> Int64? {
    try value(
      """
      SELECT milliseconds FROM model_loads
      WHERE host_id = \(model.hostID) AND engine = \(model.engine) AND model_path = \(model.modelPath)
        AND base_model = \(model.baseModel ?? "")
      """)
  }
}
