import HTTPFetching

/// One call of a command: what stood on the line, and what it may use.
struct Invocation: Sendable {
  let arguments: Arguments
  let console: Console
  let printer: Printer
  let http: HTTPClient

  /// The server that is meant: `--server`, `LUTHIER_SERVER`, the last sign-in, this machine.
  func server() throws -> ServerAddress {
    if let text = arguments.text("server") ?? console.variable("LUTHIER_SERVER") {
      return try ServerAddress(text)
    }
    guard let saved = try? credentialsFile().load().current else { return .standard }
    return try ServerAddress(saved)
  }

  func client() throws -> APIClient {
    let server = try server()
    var credential = console.variable("LUTHIER_TOKEN") ?? console.variable("LUTHIER_API_KEY")
    if credential == nil, let file = try? credentialsFile() {
      credential = try file.load().servers[server.text]?.token
    }
    return APIClient(http: http, server: server, credential: credential)
  }

  func credentialsFile() throws -> CredentialsFile { try CredentialsFile(environment: console.environment) }

  /// Shows an answer: the server's bytes with `--json`, else what `show` prints.
  func answer<Value>(_ answer: APIClient.Answer<Value>, _ show: (Value) -> Void) -> ExitCode {
    if printer.isJSON { printer.json(answer.bytes) } else { show(answer.value) }
    return .done
  }
}
