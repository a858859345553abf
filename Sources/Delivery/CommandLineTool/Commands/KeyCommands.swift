import Contract

/// API keys, for programs.
enum KeyCommands {
  static let group = Command(
    group: "key", "API keys, for programs", examples: [.init("luthier key create ci", "A key for CI.")],
    [create, list, delete])

  private static let keys = APIPath("api", "auth", "keys")

  private static let create = Command(
    "create", "Make an API key; it is shown this once",
    options: [
      .value("requests-per-minute", "N", "Requests to /v1 it may make a minute"),
      .value("tokens-per-day", "N", "Tokens it may use through /v1 in a day of UTC"),
    ],
    positionals: [.init("NAME", "To tell keys apart, 1 to 64 characters")],
    examples: [
      .init("luthier key create ci", "Prints the key."),
      .init("LUTHIER_API_KEY=… luthier task list", "Uses one."),
    ]
  ) { call in
    let answer = try await call.client().post(
      keys,
      CreateKeyRequest(
        name: call.arguments.word("NAME"),
        requestsPerMinute: try call.arguments.integer("requests-per-minute", in: 1...1_000_000_000),
        tokensPerDay: try call.arguments.integer("tokens-per-day", in: 1...1_000_000_000_000)),
      as: KeyReply.self)
    return call.answer(answer) { reply in
      if let key = reply.key { call.printer.line(key) }
      call.printer.hint("Keep it now: it is not shown again. Programs send it as LUTHIER_API_KEY.")
    }
  }

  private static let list = Command(
    "list", "List your API keys", examples: [.init("luthier key list", "Names and when they were used.")]
  ) { call in
    let answer = try await call.client().get(keys, as: KeyListReply.self)
    return call.answer(answer) { reply in
      var table = Table("KEY ID", "NAME", "BEGINS WITH", "CREATED", "LAST USED", ">A MINUTE", ">TOKENS A DAY")
      for key in reply.keys {
        table.add(
          Table.Cell(key.keyID), Table.Cell(key.name), Table.Cell(key.prefix),
          Table.Cell(Quantity.localTime(key.createdAt)),
          Table.Cell(key.lastUsedAt.map { Quantity.localTime($0) } ?? "never"),
          Table.Cell(key.requestsPerMinute.map { "\($0)" } ?? "-"),
          Table.Cell(key.tokensPerDay.map { "\($0)" } ?? "-"))
      }
      call.printer.show(table)
    }
  }

  private static let delete = Command(
    "delete", "Delete an API key", positionals: [.init("ID", "Its identifier or its name")],
    examples: [.init("luthier key delete ci", "Programs with this key are locked out at once.")]
  ) { call in
    let client = try call.client()
    let all = try await client.get(keys, as: KeyListReply.self).value.keys
    let id = try NamedThing.resolve(
      call.arguments.word("ID"), among: all.map { NamedThing(id: $0.keyID, names: [$0.name]) }, what: "key")
    let answer = try await client.delete(APIPath("api", "auth", "keys", id), as: MessageReply.self)
    return call.answer(answer) { call.printer.line($0.message) }
  }
}
