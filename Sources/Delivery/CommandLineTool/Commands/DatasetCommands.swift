import Contract

/// Training files.
enum DatasetCommands {
  static let group = Command(
    group: "dataset", "Training files",
    examples: [
      .init("luthier dataset upload data.jsonl", "Then: luthier task submit --dataset data.jsonl …")
    ],
    [DatasetUpload.command, list, show, PreparationText.stats, DatasetDownload.command]
      + DatasetPreparing.commands + [delete])

  static let path = APIPath("api", "files", "datasets")

  static let named = Command.Positional("ID", "Its file_id, the beginning of it, or its file name")

  static func resolve(_ call: Invocation, _ client: APIClient) async throws -> String {
    let all = try await client.get(path, as: DatasetListReply.self).value.files
    return try NamedThing.resolve(
      call.arguments.word("ID"), among: all.map { NamedThing(id: $0.fileID, names: [$0.filename]) },
      what: "dataset")
  }

  private static let list = Command(
    "list", "List your datasets", examples: [.init("luthier dataset list --json", "For programs.")]
  ) { call in
    let answer = try await call.client().get(path, as: DatasetListReply.self)
    return call.answer(answer) { reply in
      var table = Table("FILE ID", "NAME", "FORMAT", ">ROWS", ">PROBLEMS", ">SIZE", "CREATED")
      for file in reply.files {
        table.add(
          Table.Cell(file.fileID), Table.Cell(file.filename),
          Table.Cell(file.format, file.format == "unknown" ? .bad : .plain), Table.Cell("\(file.rows)"),
          Table.Cell("\(file.problemCount)", file.problemCount > 0 ? .busy : .plain),
          Table.Cell(Quantity.size(file.size)), Table.Cell(Quantity.localTime(file.createdAt)))
      }
      call.printer.show(table)
      if reply.files.isEmpty { call.printer.hint("Upload one: luthier dataset upload FILE") }
    }
  }

  private static let show = Command(
    "show", "Show a dataset: its row lengths, its problems, its first rows, and the tasks that use it",
    positionals: [named], examples: [.init("luthier dataset show identity.json", "By its name.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.get(
      APIPath("api", "files", "datasets", id), as: DatasetDetailReply.self)
    return call.answer(answer) { describe($0, call.printer) }
  }

  private static func describe(_ detail: DatasetDetailReply, _ printer: Printer) {
    let file = detail.dataset
    var sheet = Sheet()
    sheet.add("Dataset", file.filename)
    sheet.add("File ID", file.fileID)
    sheet.add("Version", file.version > 1 ? "\(file.version) of \(file.name)" : nil)
    sheet.add("Path", file.filePath)
    sheet.add("Format", file.format, file.format == "unknown" ? .bad : .plain)
    sheet.add("Rows", "\(file.rows)")
    sheet.add("Size", Quantity.size(file.size))
    sheet.add("SHA-256", file.contentHash)
    sheet.add("Created", Quantity.localTime(file.createdAt))
    sheet.add("Columns", detail.columns.isEmpty ? nil : detail.columns.joined(separator: ", "))
    sheet.add("Used by", detail.usedBy.isEmpty ? nil : detail.usedBy.joined(separator: ", "))
    printer.show(sheet)
    if let lengths = detail.lengths { LengthText.show(lengths, printer) }
    if file.problemCount > 0 {
      printer.line("")
      let have = file.problemCount == 1 ? "has" : "have"
      printer.line("\(Quantity.count(file.problemCount, "row")) \(have) problems:", .heading)
      for problem in detail.problems {
        printer.line("  line \(problem.line), column \(problem.column): \(problem.message)", .bad)
        if !problem.hint.isEmpty { printer.line("    \(problem.hint)") }
      }
    }
    if !detail.preview.isEmpty {
      printer.line("")
      printer.line("First rows:", .heading)
      for row in detail.preview { printer.line("  \(row)") }
    }
  }

  private static let delete = Command(
    "delete", "Delete a dataset; refused while a task uses it", positionals: [named],
    examples: [.init("luthier dataset delete identity.json", "By its name.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call, client)
    let answer = try await client.delete(APIPath("api", "files", "datasets", id), as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }
}
