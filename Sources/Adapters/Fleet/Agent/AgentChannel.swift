import Concurrency
package import Domain
import FoundationEssentials

/// The connection to one host's agent: questions and answers by id, watches by key, restarted when it dies.
///
/// | state | a request |
/// |---|---|
/// | connecting (also just after a death) | waits, at most `patience` |
/// | up | is sent |
/// | down (the last attempt to connect failed) | throws what failed, at once |
///
/// When the agent dies, every waiting request throws `host_unreachable` and every watch ends by throwing it.
/// Jobs on the host are not touched.
package actor AgentChannel {
  private enum State {
    case connecting(Gate)
    case up(any AgentTransport, HostFacts)
    case down(DomainError)
  }

  /// The times of a channel; a test gives its own.
  package struct Timing: Sendable {
    /// How long a request waits for a connection.
    package var patience: Duration = .seconds(10)
    /// How long the agent's first answer may take.
    package var hello: Duration = .seconds(20)
    /// The pause between pings.
    package var pingInterval: Duration = .seconds(15)
    /// How long an answer to a ping may take before the agent counts as dead.
    package var pingLimit: Duration = .seconds(30)
    /// Seconds of the first pause after a death; it doubles up to half a minute.
    package var firstPause = 0.2
    /// Hears how long each answer to a ping took.
    package var answered: @Sendable (Duration) -> Void = { _ in }

    package init() {}
  }

  private let open: @Sendable () async throws(DomainError) -> any AgentTransport
  private let report: @Sendable (DomainError) -> Void
  private let changed: @Sendable () -> Void
  private let timing: Timing
  private var state = State.connecting(Gate())
  private var lastID = 0
  // A clock that stands still with the machine: after a night asleep the agent is not silent.
  private var lastHeard = SuspendingClock.now
  private var shortestTrip: Duration?
  private var executable = "python3"
  private var replies: [Int: Reply] = [:]
  private var limits: [Int: (operation: String, end: ContinuousClock.Instant)] = [:]
  private var alarm: (time: ContinuousClock.Instant, task: Task<Void, Never>)?
  private var watches: [String: AsyncThrowingStream<JobChange, any Error>.Continuation] = [:]
  /// What was last said of each: growth is told as what differs.
  private var told: [String: JobChange] = [:]

  /// - Parameters:
  ///   - report: hears of every death and every failed start, for the log.
  ///   - changed: hears that `connection` may be another now.
  ///   - open: starts an agent.
  package init(
    timing: Timing = Timing(), report: @escaping @Sendable (DomainError) -> Void = { _ in },
    changed: @escaping @Sendable () -> Void = {},
    open: @escaping @Sendable () async throws(DomainError) -> any AgentTransport
  ) {
    self.timing = timing
    self.report = report
    self.changed = changed
    self.open = open
  }

  // MARK: Life

  /// Keeps an agent connected until the task is cancelled; call once.
  package func run() async {
    var backoff = Backoff(first: timing.firstPause)
    while !Task.isCancelled {
      let failure: DomainError
      do {
        let transport = try await open()
        let began = ContinuousClock.now
        failure = await converse(transport)
        // One that dies young is not started again in a hurry.
        if case .up = state, began.duration(to: .now) > .seconds(10) { backoff.reset() }
      } catch {
        failure = error
      }
      settleDeath(failure)
      if Task.isCancelled { break }
      report(failure)
      try? await Task.sleep(for: backoff.next())
    }
    settleDeath(AgentError.unreachable("the server is stopping"))
    if case .connecting(let gate) = state { gate.open() }
    state = .down(AgentError.unreachable("the server is stopping"))
  }

  /// Speaks with one agent until it dies or the task is cancelled; says why it ended.
  private func converse(_ transport: any AgentTransport) async -> DomainError {
    // Read all the while: an agent whose error output is full would stop.
    async let errorText = transport.errorText()
    let failure = await withTaskGroup(of: DomainError?.self) { group in
      group.addTask { await self.readFrames(transport) }
      let introduced = Gate()
      group.addTask { await self.keepAlive(transport, introduced) }
      group.addTask { await self.watchSilence(after: introduced) }
      let failure = await group.next() ?? nil
      group.cancelAll()
      await transport.close()
      return failure ?? AgentError.unreachable("the agent ended")
    }
    let said = await errorText
    if said.isEmpty { return failure }
    return DomainError(
      failure.code, failure.message, hint: failure.hint, origin: .host,
      detail: [failure.detail, said].compactMap(\.self).joined(separator: "; "))
  }

  private func readFrames(_ transport: any AgentTransport) async -> DomainError {
    var splitter = FrameSplitter()
    while let bytes = await transport.read() {
      lastHeard = .now
      guard let lines = splitter.push(bytes) else { return AgentError.unreadable("a line is too long") }
      for line in lines { receive(line) }
    }
    return AgentError.unreachable("the agent's output ended")
  }

  /// Introduces the two to each other, then makes sure that the agent still listens.
  private func keepAlive(_ transport: any AgentTransport, _ introduced: Gate) async -> DomainError? {
    do throws(DomainError) {
      let line = try await exchange("hello", NoFields(), limit: timing.hello, over: transport)
      let hello = try decodeFrame(HelloAnswer.self, line)
      shortestTrip = nil
      executable = hello.executable.flatMap { $0.isEmpty ? nil : $0 } ?? "python3"
      guard hello.protocol == 1 else { return AgentError.unreadable("protocol \(hello.protocol)") }
      become(.up(transport, hello.facts))
      introduced.open()
      while true {
        guard (try? await Task.sleep(for: timing.pingInterval)) != nil else { return nil }
        try await ping(transport)
      }
    } catch {
      return error
    }
  }

  /// Ends when nothing was heard for too long.
  ///
  /// The time limit of a ping is not enough: behind a request that the agent does not read, its own writing waits.
  private func watchSilence(after introduced: Gate) async -> DomainError? {
    guard (try? await introduced.wait()) != nil else { return nil }
    let limit = timing.pingInterval + timing.pingLimit
    while true {
      guard (try? await Task.sleep(until: lastHeard + limit, clock: .suspending)) != nil else { return nil }
      if lastHeard + limit <= .now { return AgentError.timedOut("silence of \(limit)") }
    }
  }

  private func become(_ next: State) {
    if case .connecting(let gate) = state { gate.open() }
    state = next
    changed()
  }

  /// How it stands, and why it is down where it is.
  package var connection: (state: HostConnection.State, problem: DomainError?) {
    switch state {
    case .connecting: (.connecting, nil)
    case .up: (.connected, nil)
    case .down(let failure): (.unreachable, failure)
    }
  }

  /// Tells everybody who waits.
  private func settleDeath(_ failure: DomainError) {
    let unreachable =
      failure.code == .hostUnreachable
      ? failure : AgentError.unreachable(failure.debugDescription)
    let waiting = replies.values
    let watching = watches.values
    replies = [:]
    watches = [:]
    told = [:]
    alarm?.task.cancel()
    alarm = nil
    for reply in waiting { reply.settle(.failure(unreachable)) }
    for watch in watching { watch.finish(throwing: unreachable) }
    // A live agent that died is restarted in a moment: the next request waits for it. One that cannot be started
    // is not waited for.
    if case .up = state { state = .connecting(Gate()) } else { become(.down(failure)) }
  }

  // MARK: Questions

  /// What the agent said of its host when it connected.
  package func facts() async throws(DomainError) -> HostFacts {
    try await connected().facts
  }

  /// The path of the Python that runs the agent.
  package func interpreter() async throws(DomainError) -> String {
    _ = try await connected()
    return executable
  }

  /// The shortest time in which the agent has answered on this connection.
  package func roundTrip() async throws(DomainError) -> Duration {
    let transport = try await connected().transport
    if shortestTrip == nil {
      // Of two, as a machine at work may be slow to answer once.
      for _ in 0..<2 { try await ping(transport) }
    }
    return shortestTrip ?? .zero
  }

  private func ping(_ transport: any AgentTransport) async throws(DomainError) {
    let began = ContinuousClock.now
    _ = try await exchange("ping", NoFields(), limit: timing.pingLimit, over: transport)
    let time = began.duration(to: .now)
    timing.answered(time)
    shortestTrip = shortestTrip.map { min($0, time) } ?? time
  }

  /// Asks and decodes the answer.
  func ask<Answer: Decodable>(
    _ operation: String, _ fields: some Encodable & Sendable, limit: Duration = .seconds(30),
    as type: Answer.Type = Answer.self
  ) async throws(DomainError) -> Answer {
    let transport = try await connected().transport
    return try decodeFrame(type, try await exchange(operation, fields, limit: limit, over: transport))
  }

  private func connected() async throws(DomainError) -> (transport: any AgentTransport, facts: HostFacts) {
    while true {
      switch state {
      case .up(let transport, let facts): return (transport, facts)
      case .down(let failure): throw failure
      case .connecting(let gate):
        do {
          try await withTimeout(timing.patience) { try await gate.wait() }
        } catch is TimeoutError {
          throw AgentError.unreachable("not connected within \(timing.patience)")
        } catch {
          throw AgentError.cancelled
        }
      }
    }
  }

  private func exchange(
    _ operation: String, _ fields: some Encodable & Sendable, limit: Duration,
    over transport: any AgentTransport
  ) async throws(DomainError) -> [UInt8] {
    lastID += 1
    let id = lastID
    guard var line = try? [UInt8](JSONEncoder().encode(RequestFrame(id: id, op: operation, fields: fields)))
    else {
      throw AgentError.unreadable("the request \(operation) cannot be encoded")
    }
    line.append(UInt8(ascii: "\n"))
    if line.count > FrameSplitter.limit {
      throw AgentError.refused(FrameHead.Refusal(code: "too_large", message: operation))
    }
    let reply = Reply()
    replies[id] = reply
    watchLimit(of: id, operation, limit)
    defer {
      replies[id] = nil
      limits[id] = nil
    }
    try await transport.write(line)
    return try await reply.value()
  }

  private func receive(_ line: [UInt8]) {
    switch AgentFrame(line) {
    case .answer(let id, let result)?: replies[id]?.settle(result)
    case .job(let key, let change)?: tell(change, to: key)
    case .growth(let key, let growth)?:
      if let last = told[key] { tell(growth.change(after: last), to: key) }
    case nil: break
    }
  }

  // MARK: Time limits

  /// Lets a question end at its limit: one timer for all of them, which costs less than one for each.
  private func watchLimit(of id: Int, _ operation: String, _ limit: Duration) {
    let end = ContinuousClock.now + limit
    limits[id] = (operation, end)
    if let alarm, alarm.time <= end { return }
    alarm?.task.cancel()
    ring(at: end)
  }

  private func ring(at time: ContinuousClock.Instant) {
    // Of its own: it outlives the question it was made for.
    let task = Task { [weak self] in
      guard (try? await Task.sleep(until: time, clock: .continuous)) != nil else { return }
      await self?.endLate()
    }
    alarm = (time, task)
  }

  private func endLate() {
    alarm = nil
    let now = ContinuousClock.now
    for (id, limit) in limits where limit.end <= now {
      replies[id]?.settle(.failure(AgentError.timedOut(limit.operation)))
      limits[id] = nil
    }
    if let next = limits.values.map(\.end).min() { ring(at: next) }
  }

  // MARK: Watches

  private struct WatchFields: Encodable {
    let key: String
    var dir: String?
    var files: [String]?
    var pace: Double?
    var carry: Int?
  }

  /// See `JobRunning.watch`.
  package func watch(_ directory: String, files: [String], pace: Double = 0, carry: Int = 0)
    async throws(DomainError)
    -> AsyncThrowingStream<JobChange, any Error>
  {
    let transport = try await connected().transport
    lastID += 1
    let key = "w\(lastID)"
    let (stream, continuation) = AsyncThrowingStream.makeStream(
      of: JobChange.self, bufferingPolicy: .bufferingNewest(1))
    watches[key] = continuation
    continuation.onTermination = { [weak self] _ in
      // Unstructured: the handler is synchronous, and whoever dropped the stream does not wait for the agent.
      Task { await self?.unwatch(key) }
    }
    do {
      _ = try await exchange(
        "watch", WatchFields(key: key, dir: directory, files: files, pace: pace, carry: carry),
        limit: .seconds(30), over: transport)
    } catch {
      continuation.finish()
      throw error
    }
    return stream
  }

  private func tell(_ change: JobChange, to key: String) {
    guard let watching = watches[key] else { return }
    told[key] = change
    watching.yield(change)
  }

  private func unwatch(_ key: String) async {
    told[key] = nil
    guard watches.removeValue(forKey: key) != nil, case .up(let transport, _) = state else { return }
    _ = try? await exchange("unwatch", WatchFields(key: key), limit: .seconds(30), over: transport)
  }
}
