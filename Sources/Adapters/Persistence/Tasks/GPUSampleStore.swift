package import Domain
package import SQLAccess

/// What the GPUs of tasks did.
package struct GPUSampleStore: GPUSampleStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func append(_ samples: [GPUSample], of task: TaskID, attempt: Int, thinning: Int?)
    async throws(DomainError)
  {
    _ = try await database.writing { transaction in
      guard try transaction.first("SELECT id FROM tasks WHERE id = \(task)") != nil else { return }
      for sample in samples {
        let row: SQL = .insert(
          into: "gpu_samples",
          [
            "task_id": task, "attempt": attempt, "seconds": sample.seconds, "gpu_index": sample.gpu.index,
            "gpu_uuid": sample.gpu.uuid, "utilization": sample.utilization,
            "memory_used": sample.memoryUsed, "memory_total": sample.memoryTotal,
          ])
        try transaction.execute(
          "\(row) \(onConflict: ["task_id", "attempt", "seconds", "gpu_index"], update: [])")
      }
      guard let thinning else { return }
      try transaction.execute(
        """
        DELETE FROM gpu_samples WHERE task_id = \(task) AND attempt = \(attempt) AND seconds % \(thinning) <> 0
        """)
    }
  }

  package func samples(of task: TaskID, attempt: Int) async throws(DomainError) -> [GPUSample] {
    try await database.reading { transaction in
      try transaction.query(
        """
        SELECT seconds, gpu_index, gpu_uuid, utilization, memory_used, memory_total FROM gpu_samples
        WHERE task_id = \(task) AND attempt = \(attempt) ORDER BY seconds, gpu_index
        """
      ).map { row in
        GPUSample(
          seconds: try row.get("seconds"),
          gpu: GPUShare(index: try row.get("gpu_index"), uuid: try row.get("gpu_uuid")),
          utilization: try row.get("utilization"), memoryUsed: try row.get("memory_used"),
          memoryTotal: try row.get("memory_total"))
      }
    }
  }
}
