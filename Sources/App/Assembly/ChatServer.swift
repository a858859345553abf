import Concurrency
import Domain
import FoundationEssentials
import Glibc
import HTTPServing
import Services

/// The server that a chat starts where none runs: on a free port of this machine, on the same data folder, until the
/// last chat that uses it has ended.
///
/// A process of its own, so that the second of two chats does not lose its server with the first. It tells on standard
/// output, in one line, what a chat needs to know, or why it could not start.
enum ChatServer {
  /// What stands behind `luthier serve`; chats alone say it.
  static let option = "--for-chats"

  static func run() async -> Int32 {
    signal(SIGHUP, SIG_IGN)
    let environment = Serve.environment()
    do {
      var settings = try Settings(environment)
      settings.host = "127.0.0.1"
      settings.port = 0
      settings.tls = nil
      settings.isOneOfMany = false
      // The folders have to be there for the log.
      _ = try DataFolders(settings)
      let log = try openLog(settings)
      if let content = try await standing(settings.dataDirectory) {
        say(content)
        return 0
      }
      return try await serve(settings, environment, log)
    } catch {
      say(["error": "\(error)"])
      return 1
    }
  }

  private static func serve(
    _ settings: Settings, _ environment: [String: String], _ log: ServerLog
  ) async throws -> Int32 {
    let signals = try SignalWait()
    let bootstrap = try await Bootstrap(
      settings, environment: environment, log: log, clock: WallClock { .systemTime },
      page: try BuiltInPage.read())
    let hold = try ChatHold(path: "\(settings.dataDirectory)/chats")
    let port = try bootstrap.server.start()
    let name = environment["USER"] ?? environment["LOGNAME"] ?? ""
    let content = ServerFile.Content(
      url: ServerFile.url(host: settings.host, port: port),
      token: try await bootstrap.accounts.ownerSession(suggesting: name), hold: hold.path)
    let file = ServerFile(folder: settings.dataDirectory)
    try file.write(content)
    log.info("serving chats", ["address": content.url, "version": Version.current])
    say(content)
    await Lifecycle(bootstrap).run {
      let reason = await withTaskGroup(of: String.self) { group in
        group.addTask { await signals.next() == SIGINT ? "SIGINT" : "SIGTERM" }
        group.addTask {
          await hold.lastLeft { await !bootstrap.runtime.list(for: nil).isEmpty }
          return "the last chat has ended"
        }
        let first = await group.next()
        group.cancelAll()
        return first ?? ""
      }
      // Before anything ends: nobody is to come now.
      file.remove()
      return reason
    }
    return 0
  }

  /// The server that has the folder already; waits for one that is only starting or ending.
  private static func standing(_ folder: String) async throws -> ServerFile.Content? {
    for _ in 0..<300 {
      guard DataFolderLock.isHeld(folder: folder) else { return nil }
      if let content = ServerFile(folder: folder).read() { return content }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw StartError("Another server works on \(folder), and does not say where it listens.")
  }

  /// Everything that is not for the chat goes into a file: the terminal is the chat's.
  private static func openLog(_ settings: Settings) throws(StartError) -> ServerLog {
    let path = "\(settings.dataDirectory)/chat-server.log"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StartError("The log \(path) could not be opened: \(String(cString: strerror(errno))).")
    }
    dup2(descriptor, 2)
    close(descriptor)
    return LogSink(
      minimum: ServerLog.Level(rawValue: settings.logLevel) ?? .info, isJSON: settings.logFormat == "json",
      clock: WallClock { .systemTime }
    ).log
  }

  private static func say(_ value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return }
    let bytes = Array(data) + [10]
    _ = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
    // The end of the line is the end of all that is said.
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    if nothing >= 0 {
      dup2(nothing, 1)
      close(nothing)
    }
  }
}
