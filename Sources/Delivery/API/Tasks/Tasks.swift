import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// Fine-tuning tasks.
enum Tasks {
  static func submit(_ call: Call) async throws -> Response {
    let task = try await call.services.tasks.submit(try await draft(call), for: try call.user.id)
    return try .json(
      CreateTaskReply(
        taskID: task.id.rawValue, status: task.state.wire,
        message: "The task was submitted. Its model will be in your list when it has ended."))
  }

  static func preview(_ call: Call) async throws -> Response {
    let plan = try await call.services.tasks.preview(try await draft(call), for: try call.user.id)
    return try .json(
      TaskPreviewReply(
        command: plan.configuration.displayCommand, configuration: plan.configuration.yaml,
        template: plan.task.template, templateReason: plan.templateReason, warnings: plan.warnings))
  }

  static func draft(_ call: Call) async throws -> TaskDraft {
    let body = try await call.body(CreateTaskRequest.self)
    return TaskDraft(
      name: body.name, modelName: body.modelName, datasetPath: body.datasetPath, epochs: body.epochs,
      learningRate: body.learningRate, batchSize: body.batchSize, template: body.template,
      arguments: (body.arguments ?? [:]).mapValues(\.argument), priority: body.priority,
      gpus: body.gpus, gpuIDs: body.gpuIDs,
      hostID: try body.hostID.map(Models.hostID), cluster: body.slurm.map { ClusterSettings($0) },
      idempotencyKey: call.request.fields["Idempotency-Key"])
  }

  static func list(_ call: Call) async throws -> Response {
    let user = try call.user.id
    var states: [TaskState] = []
    for word in (call.request.target.query["status"] ?? "").split(separator: ",") {
      guard let state = TaskState(rawValue: String(word)) else {
        throw DomainError.invalid(
          "There is no status \"\(word.prefix(40))\".",
          hint: "Use " + TaskState.allCases.map(\.rawValue).joined(separator: ", ") + ".")
      }
      states.append(state)
    }
    let limit = try call.integer("limit", in: 1...1_000, default: 1_000)
    let tasks = try await call.services.tasks.list(of: user, states: states, limit: Int(limit))
    let waits = tasks.contains { $0.state == .queued }
    let places = waits ? try await call.services.tasks.waits() : [:]
    let models = try await call.services.catalog.list(of: user)
    // The newest come first: what a training made itself is the last that names it.
    let made = Dictionary(models.compactMap { model in model.taskID.map { ($0, model.id) } }) { _, last in
      last
    }
    var replies: [[UInt8]] = []
    replies.reserveCapacity(tasks.count)
    for task in tasks {
      let sending = task.state == .staging ? await call.services.tasks.sending(for: task) : nil
      let (wait, modelID) = (places[task.id], made[task.id])
      replies.append(
        sending == nil && wait == nil
          ? try call.services.taskReplies.bytes(task, modelID: modelID)
          : try JSONBytes.encode(task.wire(wait: wait, sending: sending, modelID: modelID)))
    }
    return .json(TaskReplies.list(replies))
  }

  static func get(_ call: Call) async throws -> Response {
    let task = try await task(call)
    let arguments = try JSONDecoder().decode(
      [String: JSONValue].self, from: Data(call.services.tasks.argumentsJSON(of: task).utf8))
    return try .json(
      TaskDetailReply(
        task: try await wire(task, call),
        details: .init(
          attempts: try await call.services.tasks.attempts(of: task).map(\.wire), arguments: arguments,
          sshCommand: try await call.services.tasks.command(of: task))))
  }

  static func cancel(_ call: Call) async throws -> Response {
    let id: TaskID = try call.identifier("The task")
    return try .json(try await wire(try await call.services.tasks.cancel(id, of: try call.user.id), call))
  }

  static func change(_ call: Call) async throws -> Response {
    let id = try await task(call).id
    let body = try await call.body(ChangeTaskRequest.self)
    let task = try await call.services.tasks.changePriority(id, to: body.priority, of: try call.user.id)
    return try .json(try await wire(task, call))
  }

  static func retry(_ call: Call) async throws -> Response {
    let id: TaskID = try call.identifier("The task")
    let body = try await call.body(RetryTaskRequest.self)
    let task = try await call.services.tasks.retry(id, resume: body.resume ?? false, of: try call.user.id)
    return try .json(try await wire(task, call))
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.services.tasks.delete(try call.identifier("The task"), of: try call.user.id)
    return try .json(MessageReply(message: "The task was deleted."))
  }

  static func task(_ call: Call) async throws -> TaskRecord {
    try await call.services.tasks.task(try call.identifier("The task"), of: try call.user.id)
  }

  private static func wire(_ task: TaskRecord, _ call: Call) async throws -> TaskReply {
    let wait = task.state == .queued ? try await call.services.tasks.waits()[task.id] : nil
    return task.wire(
      wait: wait, sending: await call.services.tasks.sending(for: task),
      modelID: try await call.services.tasks.model(of: task)?.id)
  }
}
