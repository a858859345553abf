import Contract
import FoundationEssentials
import Glibc
import HTTPFetching
import HTTPWire

/// What the commands of a conversation do.
struct ChatDesk: Sendable {
  let session: ChatSession
  let call: Invocation
  let words: ChatWords

  private var printer: Printer { call.printer }

  func help() -> SlashCommand.Next {
    let rows = SlashCommand.all.map { command in
      ("/" + command.name + (command.arguments.isEmpty ? "" : " " + command.arguments), command.summary)
    }
    let keys = [
      ("Ctrl-C", "stop the answer, or forget what is typed"),
      ("Alt-Enter, Ctrl-J", "another line (also pasted ones)"),
      ("\"\"\"", "begins and ends a text of several lines"), ("Ctrl-R, ↑", "what was typed before"),
    ]
    let width = (rows + keys).map { DisplayWidth.of($0.0) }.max() ?? 0
    printer.note(
      lines: (rows + [("", "")] + keys).map { name, summary in
        name + String(repeating: " ", count: width - DisplayWidth.of(name) + (name.isEmpty ? 0 : 2)) + summary
      })
    return .wait
  }

  func model(_ name: String) async throws -> SlashCommand.Next {
    if name.isEmpty {
      try await session.ready()
    } else {
      try await session.talk(to: name)
    }
    printer.note("\(await session.partner?.name ?? "") answers.")
    return .wait
  }

  func models() async throws -> SlashCommand.Next {
    let conversations = try await session.ready()
    let now = await session.partner?.name
    let listed = try await conversations.client.get(APIPath("api", "models"), as: ListedModelsReply.self)
      .value.models
    words.learn(models: listed.map(\.name))
    for model in listed {
      printer.note(
        (model.name == now ? "* " : "  ") + model.name
          + "  (\(model.group)\(model.status == .ready ? ", loaded" : ""))")
    }
    if !listed.contains(where: { $0.name == now }), let now {
      printer.note("* \(now)  (named when this began)")
    }
    return .wait
  }

  func system(_ text: String) async throws -> SlashCommand.Next {
    let now = await session.settings
    if text.isEmpty {
      printer.note(now.systemPrompt ?? "The model is told nothing before.")
      return .wait
    }
    try await session.change(
      ChatSettingsBody(
        systemPrompt: text == "-" ? nil : text, temperature: now.temperature, topP: now.topP, topK: now.topK,
        maxTokens: now.maxTokens, seed: now.seed))
    printer.note(text == "-" ? "The model is told nothing before." : "The model is told that from now on.")
    return .wait
  }

  func set(_ text: String) async throws -> SlashCommand.Next {
    let now = await session.settings
    let parts = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let word = parts.first else {
      printer.note(lines: ChatSetting.allCases.map { "\($0.rawValue) is \($0.value(in: now))" })
      return .wait
    }
    guard let setting = ChatSetting(rawValue: word.lowercased()) else {
      throw UsageError(
        "There is no setting \"\(word)\".",
        hint: "There are \(ChatSetting.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    if parts.count > 1 { try await session.change(try setting.changed(to: parts[1], in: now)) }
    printer.note("\(setting.rawValue) is \(setting.value(in: await session.settings)).")
    return .wait
  }

  func index(_ name: String) async throws -> SlashCommand.Next {
    if !name.isEmpty {
      try await session.look(into: name == "off" ? nil : name)
      let now = await session.index
      printer.note(now.map { "Questions are looked up in \($0)." } ?? "Questions are looked up nowhere.")
      return .wait
    }
    let all = try await session.ready().indexes()
    let now = await session.index
    words.learn(indexes: all.map(\.name))
    for index in all {
      printer.note(
        (index.name == now ? "* " : "  ") + index.name
          + "  (\(Quantity.count(index.documents, "document")), \(Quantity.count(index.passages, "passage")))"
      )
    }
    if all.isEmpty { printer.note("You have no index. Make one: luthier index create NAME") }
    return .wait
  }

  func sources(_ word: String) async throws -> SlashCommand.Next {
    let sources = try await session.sources()
    guard !sources.isEmpty else {
      throw CommandFailure(
        .failed, "Nothing went along with the last question.", hint: "/index NAME looks questions up.")
    }
    guard !word.isEmpty else {
      for source in sources { printer.note("\(source.line)  (\(source.why))") }
      return .wait
    }
    guard let source = sources.first(where: { String($0.number) == word }) else {
      throw UsageError("There is no source \(word).", hint: "/sources lists them, 1 to \(sources.count).")
    }
    printer.note(source.line)
    printer.note(
      lines: source.passage.text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 })
    return .wait
  }

  func save(_ path: String) async throws -> SlashCommand.Next {
    let conversations = try await session.ready()
    guard let id = await session.conversation else {
      throw CommandFailure(.failed, "There is nothing to save yet.")
    }
    guard !path.isEmpty else {
      printer.note("This conversation is kept. Go on with it later: luthier chat --session \(id)")
      return .wait
    }
    let kind = path.hasSuffix(".json") ? "export" : "export.md"
    let request = conversations.client.request(.get, APIPath("conversations", id, kind))
    let bytes = try await conversations.client.stream(request) { try await $0.collect(upTo: 256 << 20) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CommandFailure(.failed, "\(path) cannot be written: \(systemError()).")
    }
    let isWritten = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    guard close(descriptor) == 0, isWritten else {
      throw CommandFailure(.failed, "\(path) was not written whole: \(systemError()).")
    }
    printer.note("Written to \(path).")
    return .wait
  }

  func load(_ word: String) async throws -> SlashCommand.Next {
    let conversations = try await session.ready()
    guard word.isEmpty else {
      let found = try await session.load(word)
      printer.note("Going on with \"\(found.title)\", \(Quantity.count(found.messageCount, "message")):")
      for message in try await conversations.history(found.sessionID).suffix(2) {
        printer.note(
          lines: message.content.split(separator: "\n").prefix(6).map {
            (message.role == .user ? "> " : "  ") + $0
          })
      }
      return .wait
    }
    let listed = try await conversations.list().prefix(20)
    words.learn(conversations: listed.map(\.sessionID))
    for one in listed {
      printer.note(
        "\(one.sessionID)  \(Quantity.localTime(one.updatedAt))  \(DisplayWidth.fit(one.title, 60))")
    }
    if listed.isEmpty { printer.note("There is no conversation yet.") }
    return .wait
  }

  func clear() async -> SlashCommand.Next {
    await session.clear()
    printer.note("The conversation begins anew.")
    return .wait
  }

  func edit(_ what: String) async throws -> SlashCommand.Next {
    guard what.isEmpty || what == "last" else { throw UsageError("/edit, or /edit last.") }
    var question: MessageReplyEntry?
    if what == "last" {
      let conversations = try await session.ready()
      if let id = await session.conversation {
        question = try await conversations.history(id).last { $0.role == .user }
      }
      guard question != nil else { throw CommandFailure(.failed, "Nothing has been asked yet.") }
    }
    let text = try await EditorProgram(call.console).edit(question?.content ?? "")
    guard text.contains(where: { !$0.isWhitespace }) else {
      printer.note("Nothing was written.")
      return .wait
    }
    return .ask(text, edits: question?.messageID)
  }

  /// By the terminal itself (OSC 52), which works over SSH too.
  func copy() async throws -> SlashCommand.Next {
    let text = await session.lastAnswer
    guard !text.isEmpty else { throw CommandFailure(.failed, "There is no answer to copy yet.") }
    let terminal = [call.console.errors, call.console.output].first { $0.isTerminal }
    guard let terminal else { throw CommandFailure(.failed, "There is no terminal to copy with.") }
    guard text.utf8.count <= 74_000 else {
      throw CommandFailure(
        .failed, "The answer is too long for the terminal's clipboard.",
        hint: "/save FILE writes it to a file.")
    }
    terminal.write("\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{7}")
    printer.note("Copied, where the terminal allows it.")
    return .wait
  }

  func pipeline(_ wish: String) async throws -> SlashCommand.Next {
    guard !wish.isEmpty else {
      throw UsageError(
        "What is the pipeline to do?", hint: "/pipeline make a support bot from data.jsonl on top of qwen")
    }
    let drafted = try await PipelineDraft(session: session, call: call).write(wish)
    return drafted.plan.valid ? .offer(drafted) : .wait
  }

  func tokens() async throws -> SlashCommand.Next {
    let conversations = try await session.ready()
    var count = AnswerTiming.tokens(in: await session.settings.systemPrompt ?? "")
    var messages: [MessageReplyEntry] = []
    if let id = await session.conversation { messages = try await conversations.history(id) }
    count += messages.reduce(0) { $0 + AnswerTiming.tokens(in: $1.content) }
    printer.note(
      "The conversation has \(Quantity.count(messages.count, "message")), about \(Quantity.count(count, "token"))."
    )
    if let left = messages.last?.leftOut, left > 0 {
      printer.note("\(left) of them did not fit into the model's window.")
    }
    if let timing = await session.lastTiming {
      let seconds = timing.whole.seconds
      let first = timing.first.map { Quantity.printed("%.2f", $0.seconds) + " s to the first word, " } ?? ""
      let rate = seconds > 0 ? Quantity.printed("%.1f", Double(timing.tokens) / seconds) : "-"
      printer.note(
        "The last answer: about \(Quantity.count(timing.tokens, "token")), \(first)\(Quantity.printed("%.2f", seconds)) s in all, \(rate) a second."
      )
    }
    return .wait
  }
}

extension Duration {
  fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
