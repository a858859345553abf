import Contract
import HTTPFetching
import HTTPWire

/// `luthier dataset download`.
enum DatasetDownload {
  static let command = Command(
    "download", "Download a dataset",
    options: [
      .value("output", "FILE", short: "o", "Where to write it; - is standard output"),
      .flag("force", "Replace a file that is there"),
    ], positionals: [DatasetCommands.named],
    examples: [
      .init("luthier dataset download identity.json", "Under its own name in this folder."),
      .init("luthier dataset download identity.json -o - | head", "To standard output."),
    ]
  ) { call in
    let client = try call.client()
    let id = try await DatasetCommands.resolve(call, client)
    let dataset = try await client.get(
      APIPath("api", "files", "datasets", id), as: DatasetDetailReply.self
    ).value.dataset
    let request = client.request(.get, APIPath("api", "files", "datasets", id, "download"))
    let target = try target(call.arguments.text("output"), dataset)
    if target == "-" {
      try await client.stream(request) { response in
        while let bytes = try await response.body.next() { call.console.output.write(bytes) }
      }
      return .done
    }
    let meter = TransferMeter(name: target, line: LiveLine(call.console.errors))
    meter.begin(total: dataset.size)
    defer { meter.end() }
    let file = try DownloadedFile(target, mayReplace: call.arguments.has("force"))
    try await client.stream(request) { response in
      while let bytes = try await response.body.next() { meter.update(try file.write(bytes)) }
    }
    try file.finish()
    meter.end()
    if call.printer.isJSON { return .done }
    call.printer.line("\(target): \(Quantity.size(dataset.size))")
    return .done
  }

  /// The server's name for it never leads out of the working folder.
  private static func target(_ option: String?, _ dataset: DatasetReply) throws -> String {
    if let option { return option }
    let name = dataset.filename
    guard !name.isEmpty, name != ".", name != "..", name != "-", !name.contains("/"),
      !name.unicodeScalars.contains(where: { $0.value < 32 })
    else { throw UsageError("The dataset's name cannot be a file's.", hint: "Give one with -o FILE.") }
    return name
  }
}
