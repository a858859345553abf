import Contract
import HTTPWire

/// Fine-tuning tasks.
enum TaskCommands {
  static let group = Command(
    group: "task", "Fine-tuning tasks",
    examples: [
      .init("luthier task submit --name first --model /models/tiny --dataset identity.json", "Train."),
      .init("luthier task watch first", "See how it goes."),
    ],
    [
      TaskSubmit.command, list, show, TaskWatch.command, TaskLogs.command, metrics, priority, cancel,
      retry, delete,
    ])

  static let named = Command.Positional("ID", "Its task_id, the beginning of it, or its name")

  static func resolve(_ call: Invocation, _ client: APIClient) async throws -> String {
    let all = try await client.get(APIPath("api", "tasks"), as: TaskListReply.self).value.tasks
    return try NamedThing.resolve(
      call.arguments.word("ID"), among: all.map { NamedThing(id: $0.taskID, names: [$0.name]) }, what: "task")
  }

  static func tone(_ status: TaskStatus) -> Tone {
    switch status {
    case .completed: .good
    case .failed: .bad
    case .cancelled: .faint
    case .staging, .running: .busy
    case .pending, .queued: .plain
    }
  }

  private static let list = Command(
    "list", "List your tasks, newest first",
    options: [
      .value("status", "STATUS", "Only these, separated by commas: \(statuses)"),
      .value("limit", "N", "At most so many"),
    ],
    examples: [
      .init("luthier task list", "All of them."),
      .init("luthier task list --status queued,running", "What is under way."),
    ]
  ) { call in
    var query: [(name: String, value: String)] = []
    if let status = call.arguments.text("status") {
      for word in status.split(separator: ",") where TaskStatus(rawValue: String(word)) == nil {
        throw UsageError("There is no status \"\(word)\".", hint: "There are \(statuses).")
      }
      query.append(("status", status))
    }
    if let limit = try call.arguments.integer("limit", in: 1...1000) { query.append(("limit", "\(limit)")) }
    let answer = try await call.client().get(APIPath("api", "tasks", query: query), as: TaskListReply.self)
    return call.answer(answer) { reply in
      var table = Table("TASK ID", "NAME", "STATUS", ">PROGRESS", ">LOSS", "MODEL", "CREATED")
      for task in reply.tasks {
        table.add(
          Table.Cell(task.taskID), Table.Cell(task.name),
          Table.Cell(TaskText.status(task), tone(task.status)),
          Table.Cell(task.progress.map { Quantity.percentage($0.percentage) } ?? "-"),
          Table.Cell(Quantity.loss(task.progress?.loss)), Table.Cell(task.modelName),
          Table.Cell(Quantity.localTime(task.createdAt)))
      }
      call.printer.show(table)
      let waiting = reply.tasks.compactMap { task in task.queue.map { (task.name, $0) } }
        .sorted { $0.1.position < $1.1.position }
      for (name, queue) in waiting.prefix(10) { call.printer.note("\(name): \(queue.message)") }
      if waiting.count > 10 { call.printer.note("\(waiting.count - 10) more wait.") }
      if reply.tasks.isEmpty { call.printer.hint("Submit one: luthier task submit --help") }
    }
  }

  private static let statuses = TaskStatus.allCases.map(\.rawValue).joined(separator: ", ")

  private static let show = Command(
    "show", "Show a task: its settings, its attempts, and why it ended as it did", positionals: [named],
    examples: [.init("luthier task show first", "By its name.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.get(APIPath("api", "tasks", id), as: TaskDetailReply.self)
    return call.answer(answer) { TaskText.describe($0, call.printer) }
  }

  private static let metrics = Command(
    "metrics", "Show loss, evaluation and learning rate by step", positionals: [named],
    examples: [.init("luthier task metrics first --json", "For a plot.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    var offset: Int64 = 0
    var table = Table(">STEP", ">OF", ">EPOCH", ">LOSS", ">EVAL LOSS", ">LEARNING RATE")
    // A long run's metrics come in several answers.
    while true {
      let answer = try await client.get(
        APIPath("api", "tasks", id, "metrics", query: [("from", "\(offset)")]), as: TaskMetricsReply.self)
      let isFirst = offset == 0
      if call.printer.isJSON, isFirst || !answer.value.metrics.isEmpty { call.printer.json(answer.bytes) }
      for metric in answer.value.metrics {
        table.add(
          Table.Cell("\(metric.step)"), Table.Cell("\(metric.totalSteps)"),
          Table.Cell(metric.epoch.map { Quantity.printed("%.2f", $0) } ?? "-"),
          Table.Cell(Quantity.loss(metric.loss)), Table.Cell(Quantity.loss(metric.evalLoss)),
          Table.Cell(Quantity.learningRate(metric.learningRate)))
      }
      guard answer.value.nextOffset > offset, !answer.value.metrics.isEmpty else { break }
      offset = answer.value.nextOffset
    }
    if !call.printer.isJSON { call.printer.show(table) }
    return .done
  }

  private static let priority = Command(
    "priority", "Let a waiting task run earlier or later",
    positionals: [named, .init("PRIORITY", "-10 to 10; higher runs first")],
    examples: [
      .init("luthier task priority first 5", "Before those of 4 and less."),
      .init("luthier task priority first -- -5", "After the others: -- lets a number begin with a minus."),
    ]
  ) { call in
    guard let number = Int(call.arguments.word("PRIORITY")), (-10...10).contains(number) else {
      throw UsageError("PRIORITY is a whole number from -10 to 10.")
    }
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.patch(
      APIPath("api", "tasks", id), ChangeTaskRequest(priority: number), as: TaskReply.self)
    return call.answer(answer) { task in
      call.printer.line("\(task.name) has priority \(task.priority) now.")
      if let queue = task.queue { call.printer.line(queue.message) }
    }
  }

  private static let cancel = Command(
    "cancel", "Stop a task; what it learned so far is saved where it can be", positionals: [named],
    examples: [.init("luthier task cancel first", "Then: luthier task retry first --resume")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.post(
      APIPath("api", "tasks", id, "cancel"), [String: String](), as: TaskReply.self)
    return call.answer(answer) { task in
      call.printer.line(
        task.status == .cancelled
          ? "\(task.name) was cancelled." : "\(task.name) is being stopped (\(task.status.rawValue)).")
    }
  }

  private static let retry = Command(
    "retry", "Run an ended task again",
    options: [.flag("resume", "Go on from the newest checkpoint instead of beginning again")],
    positionals: [named],
    examples: [.init("luthier task retry first --resume", "Goes on where it was stopped.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.post(
      APIPath("api", "tasks", id, "retry"), RetryTaskRequest(resume: call.arguments.has("resume")),
      as: TaskReply.self)
    return call.answer(answer) { task in
      call.printer.line("\(task.name): attempt \(task.attempt), \(task.status.rawValue).")
      call.printer.hint("Watch it: luthier task watch \(task.taskID)")
    }
  }

  private static let delete = Command(
    "delete", "Delete an ended task; its model stays", positionals: [named],
    examples: [.init("luthier task delete first", "By its name.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.delete(APIPath("api", "tasks", id), as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }
}
