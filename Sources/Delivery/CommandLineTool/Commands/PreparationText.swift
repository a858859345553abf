import Contract

/// What came of a preparation, and what a dataset is like, as text.
enum PreparationText {
  static func show(_ end: PrepareEvent, _ isDry: Bool, _ printer: Printer) {
    printer.line("\(Quantity.count(end.rowsRead ?? 0, "row")) read.")
    for part in end.parts ?? [] {
      let name = part.part.map { "\($0): " } ?? ""
      guard let dataset = part.dataset else {
        printer.line("\(name)\(Quantity.count(part.rows, "row")) would be in \(part.filename)")
        continue
      }
      let version = dataset.version > 1 ? ", version \(dataset.version) of \(dataset.name)" : ""
      printer.line(
        "\(name)\(Quantity.count(part.rows, "row")) in \(dataset.filename)\(version), \(dataset.format) (\(dataset.fileID))",
        .good)
    }
    for reason in end.reasons ?? [] {
      printer.line("")
      printer.line("\(reason.rows) \(word(reason.kind)): \(reason.message)", tone(reason.kind))
      for example in reason.examples {
        printer.line("  row \(example.row), line \(example.line): \(example.text)")
      }
    }
    if isDry { printer.hint("Nothing was written; leave out --dry-run to do it.") }
  }

  private static func word(_ kind: PreparedReasonKind) -> String {
    switch kind {
    case .dropped: "left out"
    case .lost: "lose something"
    case .changed: "changed"
    }
  }

  private static func tone(_ kind: PreparedReasonKind) -> Tone { kind == .lost ? .bad : .plain }

  static let stats = Command(
    "stats", "Count a dataset's rows, turns, lengths, duplicates, empty columns and scripts",
    notes: "It goes over the whole file.", positionals: [DatasetCommands.named],
    examples: [.init("luthier dataset stats data.jsonl", "Before it is filtered.")]
  ) { call in
    let client = try call.client()
    let id = try await DatasetCommands.resolve(call, client)
    let answer = try await client.get(
      APIPath("api", "files", "datasets", id, "stats"), as: DatasetStatsReply.self)
    return call.answer(answer) { describe($0, call.printer) }
  }

  private static func describe(_ stats: DatasetStatsReply, _ printer: Printer) {
    var sheet = Sheet()
    sheet.add("Rows", "\(stats.rows)")
    sheet.add("Duplicates", "\(stats.duplicates)", stats.duplicates > 0 ? .busy : .plain)
    sheet.add("Turns", stats.turns.map(summary))
    sheet.add("Characters", stats.characters.map(summary))
    sheet.add("Tokens, about", stats.tokens.map(summary))
    sheet.add("Answers", stats.answers.map { summary($0) + " characters" })
    sheet.add("Scripts", counts(stats.scripts))
    sheet.add("Roles", stats.roles.isEmpty ? nil : counts(stats.roles))
    printer.show(sheet)
    if stats.columns.isEmpty { return }
    printer.line("")
    var table = Table("COLUMN", ">ROWS", ">EMPTY")
    for column in stats.columns {
      table.add(
        Table.Cell(column.name), Table.Cell("\(column.rows)"),
        Table.Cell("\(column.empty)", column.empty > 0 ? .busy : .plain))
    }
    printer.show(table)
  }

  private static func summary(_ length: LengthReply) -> String {
    "\(length.minimum) to \(length.maximum), half up to \(length.p50), 90% up to \(length.p90)"
  }

  private static func counts(_ counts: [String: Int]) -> String {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
      .joined(separator: ", ")
  }
}
