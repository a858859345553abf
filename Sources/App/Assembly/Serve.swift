import Concurrency
import Domain
import FoundationEssentials
import Glibc
import HTTPServing
import Services

/// `luthier serve`: reads the settings, builds the server and runs it until a signal ends it.
package enum Serve {
  /// Returns the exit code: 0 after an orderly end, 1 where it could not start, 2 for wrong settings.
  package static func run(_ arguments: [String]) async -> Int32 {
    if arguments == [ChatServer.option] { return await ChatServer.run() }
    guard arguments.isEmpty else {
      complain("luthier serve takes no arguments; it reads the environment and .env (luthier help serve).")
      return 2
    }
    let environment = environment()
    let settings: Settings
    do {
      settings = try Settings(environment)
    } catch {
      complain("These settings cannot be used:\n\(error)")
      return 2
    }
    let clock = WallClock { .systemTime }
    let isJSON = settings.logFormat.map { $0 == "json" } ?? (isatty(2) == 0)
    let log = LogSink(
      minimum: ServerLog.Level(rawValue: settings.logLevel) ?? .info, isJSON: isJSON, clock: clock
    ).log
    DescriptorLimit.raise()
    do {
      let signals = try SignalWait()
      var isAnew = false
      while true {
        do {
          guard try await serve(settings, environment, signals, log, clock) == .takenOver else { return 0 }
        } catch {
          // What another took over from may find no database yet: it goes on to look for it.
          guard isAnew else { throw error }
          log.warning("the server could not begin anew yet", ["error": "\(error)"])
        }
        isAnew = true
        if await signals.comes(within: .seconds(1)) { return 0 }
      }
    } catch {
      complain("The server could not start: \(error)")
      return 1
    }
  }

  private enum End {
    case asked
    /// Another server is in charge, and this one is to begin anew.
    case takenOver
  }

  private static func serve(
    _ settings: Settings, _ environment: [String: String], _ signals: SignalWait, _ log: ServerLog,
    _ clock: WallClock
  ) async throws -> End {
    let bootstrap = try await Bootstrap(
      settings, environment: environment, log: log, clock: clock, page: try BuiltInPage.read())
    await DescriptorLimit.reserveForSleeping()
    let port = try bootstrap.server.start()
    let file = ServerFile(folder: settings.dataDirectory)
    if !settings.host.hasPrefix("unix:") {
      try file.write(
        .init(url: ServerFile.url(host: settings.host, port: port, isSecure: settings.tls != nil)))
    }
    defer { file.remove() }
    log.info(
      "serving",
      [
        "address": address(settings, port: port), "version": Version.current,
        "data": settings.dataDirectory,
      ])
    if settings.tls != nil { signals.onHangUp { reloadCertificate(bootstrap.server, log) } }
    let notifier = ServiceNotifier(environment: ProcessInfo.processInfo.environment)
    notifier?.ready(at: address(settings, port: port))
    await Lifecycle(bootstrap, notifier: notifier).run { await reasonToEnd(signals, bootstrap.company) }
    return bootstrap.company?.term.isOver == true && !signals.hasCome ? .takenOver : .asked
  }

  private static func reasonToEnd(_ signals: SignalWait, _ company: ServerCompany?) async -> String {
    await withTaskGroup(of: String.self) { group in
      group.addTask { await signals.next() == SIGINT ? "SIGINT" : "SIGTERM" }
      if let company {
        group.addTask {
          try? await company.term.over()
          return "another server takes over"
        }
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? ""
    }
  }

  private static func reloadCertificate(_ server: HTTPServer, _ log: ServerLog) {
    do throws(ServerError) {
      try server.reloadCertificate()
      log.info("certificate read again", [:])
    } catch {
      log.error(
        "the certificate could not be read again; the one before it stays", ["error": error.description])
    }
  }

  private static func address(_ settings: Settings, port: UInt16) -> String {
    if settings.host.hasPrefix("unix:") { return settings.host }
    let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
    return "\(settings.tls == nil ? "http" : "https")://\(host):\(port)"
  }

  /// The environment, and what `.env` adds to it.
  static func environment() -> [String: String] {
    var environment: [String: String] = [:]
    if let text = try? String(contentsOf: URL(filePath: ".env"), encoding: .utf8) {
      environment = EnvironmentFile.parse(text)
    }
    environment.merge(ProcessInfo.processInfo.environment) { _, real in real }
    return environment
  }

  private static func complain(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
  }
}

extension Timestamp {
  static var systemTime: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
