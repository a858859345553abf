import Contract

/// What was used of models.
enum UsageCommand {
  static let command = Command(
    "usage", "Show requests and tokens, by day, model and key",
    notes: "Tokens that the server estimated, because a backend said nothing, are marked with ~.",
    options: [
      .value("days", "N", "How many days back (30)"),
      .flag("all", "Everyone's, for administrators"),
    ],
    examples: [
      .init("luthier usage --days 7", "This week's."),
      .init("luthier usage --all --json", "Everyone's, for programs."),
    ]
  ) { call in
    var query: [(name: String, value: String)] = []
    if let days = try call.arguments.integer("days", in: 1...3660) { query.append(("days", "\(days)")) }
    let isAll = call.arguments.has("all")
    if isAll { query.append(("user", "all")) }
    let answer = try await call.client().get(APIPath("api", "usage", query: query), as: UsageReply.self)
    return call.answer(answer) { reply in
      var table = Table("DAY", "USER", "KEY", "MODEL", ">REQUESTS", ">FAILED", ">PROMPT", ">COMPLETION")
      for entry in reply.usage {
        let mark = entry.estimatedRequests > 0 ? "~" : ""
        table.add(
          Table.Cell(entry.day), Table.Cell(entry.username), Table.Cell(entry.keyName ?? entry.keyID ?? "-"),
          Table.Cell(entry.model), Table.Cell("\(entry.requests)"), Table.Cell("\(entry.failures)"),
          Table.Cell("\(mark)\(entry.promptTokens)"), Table.Cell("\(mark)\(entry.completionTokens)"))
      }
      call.printer.show(table)
    }
  }
}
