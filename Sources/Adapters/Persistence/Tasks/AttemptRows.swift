import Domain
import SQLAccess

extension SQLTransaction {
  /// Inserts an attempt, or replaces what may change of the one with its number.
  func put(_ attempt: AttemptRecord) throws {
    let insertion = SQL.insert(
      into: "attempts",
      [
        "task_id": attempt.taskID, "number": attempt.number, "directory": attempt.directory,
        "resumes": attempt.resumes, "state": attempt.state, "exit_code": attempt.exitCode,
        "end_signal": attempt.signal, "reason": attempt.reason, "gpus": GPUShare.text(attempt.gpus),
        "created_at": attempt.createdAt,
        "started_at": attempt.startedAt, "ended_at": attempt.endedAt,
      ])
    let changing = ["state", "exit_code", "end_signal", "reason", "gpus", "started_at", "ended_at"]
    try execute("\(insertion) \(onConflict: ["task_id", "number"], update: changing)")
  }

  func attempts(of task: TaskID) throws -> [AttemptRecord] {
    try query(
      """
      SELECT task_id, number, directory, resumes, state, exit_code, end_signal, reason, gpus, created_at,
        started_at, ended_at FROM attempts WHERE task_id = \(task) ORDER BY number
      """
    ).map(AttemptRecord.init(row:))
  }
}

extension AttemptRecord {
  fileprivate init(row: Row) throws {
    self.init(
      taskID: try row.get("task_id"), number: try row.get("number"), directory: try row.get("directory"),
      resumes: try row.get("resumes"), state: try row.get("state"), exitCode: try row.get("exit_code"),
      signal: try row.get("end_signal"), reason: try row.get("reason"),
      gpus: GPUShare.list(try row.get("gpus")), createdAt: try row.get("created_at"),
      startedAt: try row.get("started_at"),
      endedAt: try row.get("ended_at"))
  }
}
