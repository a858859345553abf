import Domain
import SQLAccess

extension TaskState {
  static let finalStates = allCases.filter(\.isFinal)
}

extension SQLTransaction {
  func insert(_ task: TaskRecord) throws {
    try execute(
      .insert(
        into: "tasks",
        [
          "id": task.id, "user_id": task.userID, "name": task.name, "model_name": task.modelName,
          "dataset_path": task.datasetPath, "epochs": task.epochs, "learning_rate": task.learningRate,
          "batch_size": task.batchSize, "arguments": task.arguments, "template": task.template,
          "host_id": task.hostID, "output_directory": task.outputDirectory, "priority": task.priority,
          "gpus": task.gpus, "gpu_ids": task.gpuIDsText,
          "assigned_gpus": GPUShare.text(task.assignedGPUs),
          "cluster_request": task.clusterRequest.text, "cluster_job": task.clusterJob,
          "idempotency_key": task.idempotencyKey, "created_at": task.createdAt, "state": task.state,
          "attempt": task.attempt, "resumes": task.resumes, "cancel_requested": task.cancelRequested,
          "reason": task.reason, "reason_detail": task.reasonDetail,
          "progress_step": task.progress?.step, "progress_total": task.progress?.totalSteps,
          "progress_epoch": task.progress?.epoch, "progress_loss": task.progress?.loss,
          "progress_learning_rate": task.progress?.learningRate,
          "progress_elapsed": task.progress?.elapsed, "progress_remaining": task.progress?.remaining,
          "unreachable_since": task.unreachableSince, "updated_at": task.updatedAt,
          "queued_at": task.queuedAt, "started_at": task.startedAt, "ended_at": task.endedAt,
          "revision": task.revision,
        ]))
    for (position, dataset) in task.datasetIDs.enumerated() {
      try execute(
        .insert(
          into: "task_datasets",
          ["task_id": task.id, "position": position, "dataset_id": dataset]))
    }
  }

  /// Writes what may change where the stored revision is the given one; tells whether it was.
  func update(_ task: TaskRecord) throws -> Bool {
    try execute(
      """
      UPDATE tasks SET revision = revision + 1, \(.assignments([
        "priority": task.priority, "cluster_job": task.clusterJob, "assigned_gpus": GPUShare.text(task.assignedGPUs),
        "state": task.state, "attempt": task.attempt, "resumes": task.resumes,
        "cancel_requested": task.cancelRequested, "reason": task.reason,
        "reason_detail": task.reasonDetail, "progress_step": task.progress?.step,
        "progress_total": task.progress?.totalSteps, "progress_epoch": task.progress?.epoch,
        "progress_loss": task.progress?.loss, "progress_learning_rate": task.progress?.learningRate,
        "progress_elapsed": task.progress?.elapsed, "progress_remaining": task.progress?.remaining,
        "unreachable_since": task.unreachableSince, "updated_at": task.updatedAt,
        "queued_at": task.queuedAt, "started_at": task.startedAt, "ended_at": task.endedAt,
      ])) WHERE id = \(task.id) AND revision = \(task.revision)
      """) == 1
  }

  /// The same, but what is known as it stands in the table is not read again.
  func tasks(where condition: SQL, limit: Int, known: KnownTasks) throws -> [TaskRecord] {
    let wanted = try query(
      "SELECT id, revision FROM tasks WHERE \(condition) ORDER BY number DESC LIMIT \(limit)"
    )
    .map { row -> (id: TaskID, revision: Int) in (try row.get(0), try row.get(1)) }
    var found = known.those(wanted)
    let missing = wanted.map(\.id).filter { found[$0] == nil }
    var read: [TaskRecord] = []
    // In pieces: an engine bounds the number of parameters of one statement.
    for start in stride(from: 0, to: missing.count, by: 500) {
      let piece = missing[start..<min(start + 500, missing.count)]
      read += try tasks(where: "id IN \(list: piece)", limit: piece.count)
    }
    known.keep(read)
    for task in read { found[task.id] = task }
    return wanted.compactMap { found[$0.id] }
  }

  /// Tasks by a condition on `tasks`, newest first, with their datasets.
  func tasks(where condition: SQL, limit: Int) throws -> [TaskRecord] {
    let rows = try query("SELECT * FROM tasks WHERE \(condition) ORDER BY number DESC LIMIT \(limit)")
    var datasets: [TaskID: [DatasetID]] = [:]
    let ids: [TaskID] = try rows.map { try $0.get("id") }
    // In pieces: an engine bounds the number of parameters of one statement.
    for start in stride(from: 0, to: ids.count, by: 500) {
      let piece = ids[start..<min(start + 500, ids.count)]
      try forEach(
        """
        SELECT task_id, dataset_id FROM task_datasets WHERE task_id IN \(list: piece)
        ORDER BY task_id, position
        """
      ) { row in
        datasets[try row.get("task_id"), default: []].append(try row.get("dataset_id"))
      }
    }
    return try zip(ids, rows).map { id, row in
      try TaskRecord(row: row, datasetIDs: datasets[id] ?? [])
    }
  }
}

extension TaskRecord {
  init(row: Row, datasetIDs: [DatasetID]) throws {
    self.init(
      id: try row.get("id"), userID: try row.get("user_id"), name: try row.get("name"),
      modelName: try row.get("model_name"), datasetPath: try row.get("dataset_path"),
      datasetIDs: datasetIDs, epochs: try row.get("epochs"), learningRate: try row.get("learning_rate"),
      batchSize: try row.get("batch_size"), arguments: try row.get("arguments"),
      template: try row.get("template"), hostID: try row.get("host_id"),
      outputDirectory: try row.get("output_directory"), priority: try row.get("priority"),
      gpus: try row.get("gpus"), gpuIDs: TaskRecord.gpuIDs(try row.get("gpu_ids")),
      clusterRequest: ClusterRequest(text: try row.get("cluster_request")),
      idempotencyKey: try row.get("idempotency_key"), createdAt: try row.get("created_at"),
      state: try row.get("state"), attempt: try row.get("attempt"), resumes: try row.get("resumes"),
      cancelRequested: try row.get("cancel_requested"), reason: try row.get("reason"),
      reasonDetail: try row.get("reason_detail"), progress: try TaskProgress(row: row),
      assignedGPUs: GPUShare.list(try row.get("assigned_gpus")),
      clusterJob: try row.get("cluster_job"), unreachableSince: try row.get("unreachable_since"),
      updatedAt: try row.get("updated_at"),
      queuedAt: try row.get("queued_at"), startedAt: try row.get("started_at"),
      endedAt: try row.get("ended_at"), revision: try row.get("revision"))
  }
}

extension TaskRecord {
  /// `0,2`; nil for any.
  fileprivate var gpuIDsText: String? {
    gpuIDs.isEmpty ? nil : gpuIDs.map(String.init).joined(separator: ",")
  }

  fileprivate static func gpuIDs(_ text: String?) -> [Int] {
    (text ?? "").split(separator: ",").compactMap { Int($0) }
  }
}

extension SQLTransaction {
  /// Every task that has not ended, as the queue sees it: narrow rows, since there may be thousands.
  func queueEntries() throws -> [QueueEntry] {
    let open = TaskState.allCases.filter { !$0.isFinal }
    return try query(
      """
      SELECT id, user_id, host_id, state, priority, gpus, gpu_ids, assigned_gpus, queued_at, created_at,
        progress_elapsed, progress_remaining, updated_at, cluster_job FROM tasks WHERE state IN \(list: open)
      """
    ).map { row in
      let (queued, created): (Timestamp?, Timestamp) = (try row.get("queued_at"), try row.get("created_at"))
      let job: String? = try row.get("cluster_job")
      let state: TaskState = try row.get("state")
      return QueueEntry(
        id: try row.get("id"), userID: try row.get("user_id"), hostID: try row.get("host_id"),
        state: state, priority: try row.get("priority"), gpus: try row.get("gpus"),
        gpuIDs: TaskRecord.gpuIDs(try row.get("gpu_ids")),
        assignedGPUs: GPUShare.list(try row.get("assigned_gpus")), waitingSince: queued ?? created,
        elapsed: try row.get("progress_elapsed"), remaining: try row.get("progress_remaining"),
        updatedAt: try row.get("updated_at"), isSubmitted: state == .queued && job != nil)
    }
  }
}

extension TaskProgress {
  /// Nil where the task has none yet.
  fileprivate init?(row: Row) throws {
    let (step, total): (Int?, Int?) = (try row.get("progress_step"), try row.get("progress_total"))
    guard let step, let total else { return nil }
    self.init(
      step: step, totalSteps: total, epoch: try row.get("progress_epoch"),
      loss: try row.get("progress_loss"), learningRate: try row.get("progress_learning_rate"),
      elapsed: try row.get("progress_elapsed"), remaining: try row.get("progress_remaining"))
  }
}
