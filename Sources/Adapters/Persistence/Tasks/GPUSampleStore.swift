package import Domain
package import SQLAccess

/// What the GPUs of tasks did.
package struct GPUSampleStore: GPUSampleStoring {
  private let database: any SQLDatabase

  package init(_ database: any SQLDatabase) { self.database = database }

  package func append(_ batches: [GPUSampleBatch]) async throws(DomainError) {
    if batches.isEmpty { return }
    _ = try await database.writing { transaction in
      let there = try transaction.those(of: batches.map(\.task))
      let kept = batches.filter { there.contains($0.task) }
      try transaction.insert(kept.flatMap { batch in batch.samples.map { (batch, $0) } })
      for batch in kept {
        guard let thinning = batch.thinning else { continue }
        try transaction.execute(
          """
          DELETE FROM gpu_samples
          WHERE task_id = \(batch.task) AND attempt = \(batch.attempt) AND seconds % \(thinning) <> 0
          """)
      }
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

extension SQLTransaction {
  /// Rows of one statement: full pieces and then single rows, so that a connection keeps two statements and not one
  /// for each number of rows; eight values each stay below what an engine binds.
  private static var piece: Int { 50 }

  fileprivate func insert(_ rows: [(GPUSampleBatch, GPUSample)]) throws {
    let full = rows.count - rows.count % Self.piece
    for start in stride(from: 0, to: full, by: Self.piece) { try put(rows[start..<start + Self.piece]) }
    for row in rows[full...] { try put([row]) }
  }

  private func put(_ rows: some Sequence<(GPUSampleBatch, GPUSample)>) throws {
    let values = rows.map { batch, sample -> SQL in
      """
      (\(batch.task), \(batch.attempt), \(sample.seconds), \(sample.gpu.index), \(sample.gpu.uuid),
      \(sample.utilization), \(sample.memoryUsed), \(sample.memoryTotal))
      """
    }.joined(", ")
    try execute(
      """
      INSERT INTO gpu_samples
        (task_id, attempt, seconds, gpu_index, gpu_uuid, utilization, memory_used, memory_total)
      VALUES \(values) \(onConflict: ["task_id", "attempt", "seconds", "gpu_index"], update: [])
      """)
  }

  /// Those of the tasks that are there.
  fileprivate func those(of tasks: [TaskID]) throws -> Set<TaskID> {
    var found: Set<TaskID> = []
    for start in stride(from: 0, to: tasks.count, by: Self.piece) {
      var piece = Array(tasks[start..<min(start + Self.piece, tasks.count)])
      // Filled up with the first, so that the statement is always the same.
      if let first = piece.first, tasks.count > 1 {
        piece += Array(repeating: first, count: Self.piece - piece.count)
      }
      try forEach("SELECT id FROM tasks WHERE id IN \(list: piece)") { row in
        found.insert(try row.get(0))
      }
    }
    return found
  }
}
