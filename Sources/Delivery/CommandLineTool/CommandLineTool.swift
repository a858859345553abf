import Contract
import HTTPFetching
import Synchronization

/// The client commands of `luthier`: they speak to a server over HTTP and know nothing else of it.
package enum CommandLineTool {
  /// The commands that `run` carries out; `serve` and `openapi` are the server's own.
  package static let clientCommands: [String] =
    CommandTree.root.subcommands.map(\.name).filter {
      !["serve", "openapi", "database", "storage"].contains($0)
    } + [
      "help"
    ]

  /// Carries out a command line (without the program's name) on the process's own terminal.
  ///
  /// Returns the exit code; everything has been printed by then. Also answers `--help`, `help` and
  /// `serve --help`.
  package static func run(_ arguments: [String]) async -> Int32 {
    await run(arguments, console: .system()).rawValue
  }

  /// The same on any console.
  package static func run(_ words: [String], console: Console) async -> ExitCode {
    let outcome: ArgumentParser.Outcome
    do {
      outcome = try ArgumentParser(root: CommandTree.root).parse(words.isEmpty ? ["help"] : words)
    } catch {
      Printer(console, arguments: Arguments()).failure(
        CommandFailure(.usage, error.message, code: "usage", hint: error.hint))
      return .usage
    }
    switch outcome {
    case .help(let path):
      console.output.write(HelpText(path, width: console.output.width).text)
      return .done
    case .run(let path, let arguments):
      guard let action = path[path.count - 1].action else { return .usage }
      return await perform(action, arguments, console)
    }
  }

  private static func perform(
    _ action: @escaping Command.Action, _ arguments: Arguments, _ console: Console
  ) async -> ExitCode {
    let printer = Printer(console, arguments: arguments)
    do {
      let http = try HTTPClient()
      defer { http.close() }
      let invocation = Invocation(arguments: arguments, console: console, printer: printer, http: http)
      return try await console.interrupts.cancelling { try await action(invocation) }
    } catch is CancellationError {
      return .interrupted
    } catch {
      let failure = describe(error)
      printer.failure(failure)
      return failure.exitCode
    }
  }

  private static func describe(_ error: any Error) -> CommandFailure {
    switch error {
    case let failure as CommandFailure: failure
    case let usage as UsageError:
      CommandFailure(.usage, usage.message, code: "usage", hint: usage.hint)
    default: CommandFailure(.failed, "\(error)")
    }
  }
}
