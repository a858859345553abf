import Contract
import FoundationEssentials
import HTTPWire

/// `luthier task submit`.
enum TaskSubmit {
  static let command = Command(
    "submit", "Submit a fine-tuning task",
    notes: "What is left out is chosen by the server; --preview shows the choices and runs nothing.",
    options: [
      .value("name", "NAME", required: true, "1 to 100 characters; the model gets it too"),
      .value("model", "MODEL", required: true, "Base model: a hub name, or a model folder on the host"),
      .value(
        "dataset", "DATASET", required: true, repeats: true,
        "A dataset's file name, file_id or path; several at once with commas"),
      .value("epochs", "N", "Times through the data (3)"),
      .value("learning-rate", "RATE", "More than 0, up to 1 (5e-5)"),
      .value("batch-size", "N", "Rows at once on each device (4)"),
      .value("template", "NAME", "LLaMA-Factory's template (chosen from the base model)"),
      .value("priority", "N", "-10 to 10; higher runs first (0)"),
      .value("gpus", "N", "How many GPUs; 0 trains on the processor (1 where the host has any)"),
      .value("gpu-ids", "LIST", "These GPUs and no others, such as 0,1"),
      .value("host", "ID", "The host to train on, by its host_id or its name"),
    ] + SlurmOptions.all + [
      .value(
        "set", "KEY=VALUE", repeats: true,
        "Any LLaMA-Factory argument; the value is JSON, or else a text"),
      .value("idempotency-key", "KEY", "Makes a repeat of this submission harmless"),
      .flag("preview", "Show what would run, and run nothing"),
      .flag("watch", "Watch it to its end, as luthier task watch does"),
    ],
    examples: [
      .init(
        "luthier task submit --name first --model /models/tiny --dataset identity.json --watch",
        "Train with what the server chooses, and watch."),
      .init(
        "luthier task submit --name second --model Qwen/Qwen2.5-0.5B-Instruct --dataset a.json,b.json"
          + " --epochs 5 --set lora_rank=16 --set lora_target=all --preview",
        "Look at the configuration first."),
    ]
  ) { call in
    // The line is understood before anything is asked.
    _ = try request(call.arguments, host: nil)
    let client = try call.client()
    var host: String?
    if let word = call.arguments.text("host") { host = try await HostCommands.resolve(word, client) }
    let request = try request(call.arguments, host: host)
    if call.arguments.has("preview") {
      let answer = try await client.post(
        APIPath("api", "tasks", "preview"), request, as: TaskPreviewReply.self)
      return call.answer(answer) { show($0, call.printer) }
    }
    var fields: HTTPFields = [:]
    if let key = call.arguments.text("idempotency-key") { fields["Idempotency-Key"] = key }
    let answer = try await client.post(
      APIPath("api", "tasks"), request, fields: fields, as: CreateTaskReply.self)
    let task = answer.value
    _ = call.answer(answer) { _ in
      call.printer.line("Submitted \(request.name) (\(task.taskID)), \(task.status.rawValue).")
    }
    if call.arguments.has("watch") {
      return try await TaskWatch(call: call, client: client, taskID: task.taskID).run()
    }
    call.printer.hint("Watch it: luthier task watch \(task.taskID)")
    return .done
  }

  private static func request(_ arguments: Arguments, host: String?) throws(UsageError) -> CreateTaskRequest {
    CreateTaskRequest(
      name: arguments.text("name") ?? "", modelName: arguments.text("model") ?? "",
      datasetPath: arguments.texts("dataset").joined(separator: ","), epochs: try arguments.number("epochs"),
      learningRate: try arguments.number("learning-rate"),
      batchSize: try arguments.integer("batch-size", in: 1...Int.max), template: arguments.text("template"),
      arguments: try settings(arguments.texts("set")),
      priority: try arguments.integer("priority", in: -10...10),
      gpus: try arguments.integer("gpus", in: 0...64), gpuIDs: try gpuIDs(arguments.text("gpu-ids")),
      hostID: host, slurm: try SlurmOptions.settings(arguments))
  }

  private static func gpuIDs(_ text: String?) throws(UsageError) -> [Int]? {
    guard let text else { return nil }
    let numbers = text.split(separator: ",").map { Int($0) }
    guard !numbers.isEmpty, !numbers.contains(nil) else {
      throw UsageError("--gpu-ids needs numbers, not \"\(text)\".", hint: "For example: --gpu-ids 0,1")
    }
    return numbers.compactMap(\.self)
  }

  static func settings(_ words: [String]) throws(UsageError) -> [String: JSONValue]? {
    var settings: [String: JSONValue] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw UsageError("--set needs KEY=VALUE, not \"\(word)\".", hint: "For example: --set lora_rank=16")
      }
      let key = String(parts[0])
      guard settings[key] == nil else { throw UsageError("--set \(key) was given twice.") }
      settings[key] = value(String(parts[1]))
    }
    return settings.isEmpty ? nil : settings
  }

  private static func value(_ text: String) -> JSONValue {
    (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .string(text)
  }

  private static func show(_ preview: TaskPreviewReply, _ printer: Printer) {
    printer.raw(preview.configuration + (preview.configuration.hasSuffix("\n") ? "" : "\n"))
    printer.line("")
    printer.line(preview.command)
    printer.hint("Template \(preview.template): \(preview.templateReason)")
    for warning in preview.warnings { printer.warning(warning) }
  }
}
