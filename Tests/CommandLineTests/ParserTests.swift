@testable import CommandLineTool
import Assembly
import Contract
import Testing

/// Command lines, right and wrong.
struct ParserTests {
  private func parse(_ line: String...) throws -> (path: [String], arguments: Arguments) {
    guard case .run(let path, let arguments) = try ArgumentParser(root: CommandTree.root).parse(line) else {
      throw UsageError("help")
    }
    return (path.map(\.name), arguments)
  }

  private func refusal(_ line: String...) -> UsageError? {
    do {
      _ = try ArgumentParser(root: CommandTree.root).parse(line)
      return nil
    } catch { return error }
  }

  @Test func `an option's value may follow a space or an equals sign`() throws {
    let spaced = try parse("chat", "--model", "a", "hello").arguments
    let joined = try parse("chat", "--model=a", "hello").arguments
    #expect(spaced.text("model") == "a" && joined.text("model") == "a")
    #expect(spaced.word("PROMPT") == "hello" && joined.word("PROMPT") == "hello")
    #expect(try parse("chat", "--model=a=b", "x").arguments.text("model") == "a=b")
  }

  @Test func `a short option takes its value apart or attached`() throws {
    for words in [["-m", "a"], ["-ma"], ["-m=a"]] {
      let outcome = try ArgumentParser(root: CommandTree.root).parse(["chat"] + words)
      guard case .run(_, let arguments) = outcome else {
        Issue.record("\(words)")
        continue
      }
      #expect(arguments.text("model") == "a")
    }
  }

  @Test func `the options of every command may stand before it`() throws {
    let (path, arguments) = try parse("--server", "http://x", "task", "--json", "list")
    #expect(path == ["luthier", "task", "list"])
    #expect(arguments.text("server") == "http://x" && arguments.has("json"))
  }

  @Test func `two dashes end the options`() throws {
    #expect(try parse("chat", "-m", "a", "--", "--help").arguments.word("PROMPT") == "--help")
  }

  @Test func `a single dash is a word`() throws {
    #expect(try parse("chat", "-m", "a", "-").arguments.word("PROMPT") == "-")
  }

  @Test func `a mistyped command is answered with the nearest one`() {
    #expect(refusal("task", "sumbit")?.hint == "Did you mean luthier task submit?")
    #expect(refusal("datset")?.hint == "Did you mean luthier dataset?")
    #expect(refusal("frobnicate")?.hint == "See luthier --help.")
  }

  @Test func `a mistyped option is answered with the nearest one`() {
    #expect(refusal("chat", "--temprature", "1")?.hint == "Did you mean --temperature?")
    #expect(refusal("chat", "--frobnicate")?.hint == "See luthier chat --help.")
  }

  @Test func `what is missing or too much is named`() {
    #expect(refusal("task", "submit", "--name", "a")?.message.contains("--model MODEL") == true)
    #expect(refusal("task", "show")?.message.contains("needs ID") == true)
    #expect(refusal("task", "show", "a", "b")?.message.contains("\"b\"") == true)
    #expect(refusal("task")?.message.contains("needs a command") == true)
    #expect(refusal("chat", "--model")?.message.contains("needs a value") == true)
    #expect(refusal("whoami", "--json=1")?.message.contains("takes no value") == true)
  }

  @Test func `an option is not swallowed as another's value`() {
    let error = refusal("chat", "--model", "--no-stream", "hi")
    #expect(error?.message.contains("--model needs a value") == true)
    #expect(error?.hint?.contains("--model=--no-stream") == true)
  }

  @Test func `an option given twice is refused unless it repeats`() throws {
    #expect(refusal("chat", "-m", "a", "-m", "b")?.message == "--model was given twice.")
    let repeated = try parse(
      "task", "submit", "--name", "n", "--model", "m", "--dataset", "a", "--dataset", "b", "--set", "x=1",
      "--set", "y=2")
    #expect(repeated.arguments.texts("dataset") == ["a", "b"])
    #expect(repeated.arguments.texts("set") == ["x=1", "y=2"])
  }

  @Test func `numbers are checked where they are read`() throws {
    let arguments = try parse("chat", "-m", "a", "--max-tokens", "0", "--temperature", "warm").arguments
    #expect(throws: UsageError.self) { try arguments.integer("max-tokens", in: 1...10) }
    #expect(throws: UsageError.self) { try arguments.number("temperature") }
  }

  @Test func `a setting's value is JSON where it is JSON, else a text`() throws {
    let settings = try TaskSubmit.settings([
      "rank=16", "rate=1e-4", "packing=true", "target=all", "list=[1,\"a\"]", "text=a=b", "empty=", "zip=007",
    ])
    #expect(
      settings == [
        "rank": .integer(16), "rate": .number(1e-4), "packing": .bool(true), "target": .string("all"),
        "list": .array([.integer(1), .string("a")]), "text": .string("a=b"), "empty": .string(""),
        "zip": .string("007"),
      ])
    #expect(throws: UsageError.self) { try TaskSubmit.settings(["novalue"]) }
    #expect(throws: UsageError.self) { try TaskSubmit.settings(["a=1", "a=2"]) }
  }

  @Test func `every command has help with an example that parses`() throws {
    func visit(_ path: [Command]) throws {
      let command = path[path.count - 1]
      let help = HelpText(path, width: 80).text
      #expect(help.contains("Usage: " + path.map(\.name).joined(separator: " ")))
      #expect(!command.examples.isEmpty, "\(path.map(\.name))")
      for option in command.options { #expect(help.contains("--\(option.name)")) }
      for next in command.subcommands { try visit(path + [next]) }
    }
    try visit([CommandTree.root])
  }

  @Test func `help is printed for any way of asking, and nothing is run`() async {
    for words in [
      ["help", "task", "submit"], ["task", "submit", "--help"], ["task", "submit", "-h", "--nonsense"],
    ] {
      let console = TestConsole()
      #expect(await CommandLineTool.run(words, console: console.console) == .done)
      #expect(console.output.text.hasPrefix("Submit a fine-tuning task."))
      #expect(console.errors.text.isEmpty)
    }
  }

  @Test func `the root's help lists every command and every exit code, and serve its settings`() async {
    let console = TestConsole()
    #expect(await console.run() == .done)
    for name in CommandLineTool.clientCommands + ["serve", "openapi", "database", "storage"]
    where name != "help" {
      #expect(console.output.text.contains("\n  \(name) "))
    }
    for (code, meaning) in ExitCode.meanings {
      #expect(console.output.text.contains("\(code.rawValue)  \(meaning)"))
    }
    #expect(!CommandLineTool.clientCommands.contains("serve"))
    let serve = TestConsole()
    #expect(await serve.run("help", "serve") == .done)
    #expect(serve.output.text.contains("DATABASE_URL") && serve.output.text.contains("MAX_UPLOAD_SIZE"))
  }

  @Test func `the help of serve names every setting there is`() async {
    let console = TestConsole()
    #expect(await console.run("serve", "--help") == .done)
    for key in Settings.keys { #expect(console.output.text.contains("\n  \(key.name) "), "\(key.name)") }
  }

  @Test func `the documented exit codes are the program's`() throws {
    let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let bytes = try #require(readFile("/\(folder)/docs/cli.md"))
    let text = String(decoding: bytes, as: UTF8.self)
    for (code, meaning) in ExitCode.meanings {
      #expect(text.contains("\n| \(code.rawValue) | \(meaning) |\n"))
    }
  }

  @Test func `a wrong command line ends with 2, and says so on the errors only`() async {
    let console = TestConsole()
    #expect(await console.run("task", "lst") == .usage)
    #expect(console.output.text.isEmpty)
    #expect(console.errors.text.contains("error: There is no command \"task lst\"."))
    #expect(console.errors.text.contains("hint: Did you mean luthier task list?"))
  }
}
