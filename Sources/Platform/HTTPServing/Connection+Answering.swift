import Concurrency
import EventLoop
import HTTPWire

extension Connection {
  /// Rests of an upload up to this size are read and dropped rather than paid for with the connection.
  private static let smallRest: Int64 = 64 * 1024

  /// Runs the handler for a request.
  func start(_ request: Request) {
    let sequence = sequence
    core.handlerBegan()
    // Unstructured: the exchange belongs to the connection, which cancels it when the client leaves;
    // `Task.immediate` lets a handler that does not wait answer without a turn of the loop.
    let task = Task.immediate(executorPreference: loop) { await self.answer(request, sequence) }
    guard let current = exchange, current.number.sequence == sequence else { return }
    current.task = task
    if current.isEndedByDrain { task.cancel() }
  }

  private func answer(_ request: Request, _ sequence: UInt64) async {
    defer { core.handlerEnded() }
    let response: Response
    do {
      response = try await core.handler(request)
    } catch {
      response = core.onError(error, request)
    }
    do {
      switch response.body {
      case .bytes(let bytes):
        // Nearly always on the loop still: then there is nothing to hand over.
        if loop.isCurrent { return respond(response, bytes, sequence) }
        loop.execute { self.respond(response, bytes, sequence) }
      case .stream(let write):
        let writer = ResponseWriter(connection: self, number: request.number)
        loop.execute { self.beginBody(response, .unknown, sequence) }
        if request.method != .head && !response.status.forbidsBody { try await write(writer) }
        loop.execute { self.endWriting(sequence) }
      case .feed(let begin):
        loop.execute {
          self.beginBody(response, .unknown, sequence)
          if request.method == .head || response.status.forbidsBody { return self.endAnswer(sequence) }
          // The task has done its part.
          if sequence == self.sequence { self.exchange?.task = nil }
          begin(ResponseFeed(connection: self, sequence: sequence))
        }
      case .file(let file, let range):
        let writer = ResponseWriter(connection: self, number: request.number)
        loop.execute { self.beginBody(response, .bytes(Int64(range.count)), sequence) }
        if request.method != .head { try await send(file, range, writer) }
        loop.execute { self.endAnswer(sequence) }
      }
    } catch {
      loop.execute { self.abortAnswer(sequence) }
    }
  }

  /// The head is out: cutting the connection is the only way left to say that the body is not whole.
  func abortAnswer(_ sequence: UInt64) {
    guard sequence == self.sequence, let current = exchange else { return }
    if current.isEndedByDrain { endAnswer(sequence) } else { close() }
  }

  private func respond(_ response: Response, _ bytes: [UInt8], _ sequence: UInt64) {
    guard isAnswering(sequence) else { return }
    if phase == .body && !restIsSmall { exchange?.keepsAlive = false }
    let hasBody = !response.status.forbidsBody
    writeHead(response, length: hasBody ? .bytes(Int64(bytes.count)) : .none)
    if hasBody && exchange?.method != .head {
      output.append(bytes)
      exchange?.sentBytes = Int64(bytes.count)
    }
    finishAnswer()
  }

  private func beginBody(_ response: Response, _ length: ResponseHead.Length, _ sequence: UInt64) {
    guard isAnswering(sequence) else { return }
    writeHead(response, length: response.status.forbidsBody ? .none : length)
    if case .bytes = length { exchange?.hasKnownLength = true }
    if let heartbeat = response.heartbeat {
      exchange?.heartbeat = heartbeat
      beatDeadline = EventLoop.now &+ heartbeat.interval.nanoseconds
    }
    exchange?.endsWhenDraining = response.endsWhenDraining
    exchange?.held = response.held
    // What the body writes at once goes out with the head.
    loop.atEndOfStep { self.flush() }
    if core.isDraining { endIfDraining() }
  }

  /// Ends an answer that goes on for as long as the server does.
  func endIfDraining() {
    guard let current = exchange, current.endsWhenDraining, !current.isAnswered else { return }
    current.isEndedByDrain = true
    current.task?.cancel()
    abandonFeed()
  }

  /// Sends a heartbeat, unless the client is slow to take what was sent already.
  func beat(_ now: UInt64) {
    guard let heartbeat = exchange?.heartbeat, exchange?.isAnswered == false else {
      beatDeadline = .max
      return
    }
    beatDeadline = now &+ heartbeat.interval.nanoseconds
    if output.isEmpty { _ = try? write(heartbeat.bytes, sequence) }
  }

  /// The task that wrote the body has done its part: all of it, unless it handed over.
  private func endWriting(_ sequence: UInt64) {
    guard sequence == self.sequence, let current = exchange, current.isHandedOver else {
      return endAnswer(sequence)
    }
    current.task = nil
  }

  func endAnswer(_ sequence: UInt64) {
    guard phase != .closed, phase != .lingering, sequence == self.sequence, let current = exchange,
      !current.isAnswered
    else { return }
    current.feedOwner = nil
    if current.isChunked && current.method != .head { output.append("0\r\n\r\n") }
    finishAnswer()
  }

  private func isAnswering(_ sequence: UInt64) -> Bool {
    phase != .closed && phase != .lingering && sequence == self.sequence && exchange?.status == nil
  }

  /// Whether what is left of the body is known to be small and on its way.
  private var restIsSmall: Bool {
    guard let left = decoder.remainingBytes, exchange?.awaitsContinue == false else { return false }
    return left <= Self.smallRest
  }

  /// The answer is written; sends it and goes on with the connection.
  private func finishAnswer() {
    exchange?.isAnswered = true
    guard phase == .body else { return finishExchange() }
    exchange?.body?.finish(throwing: ResponseAborted())
    guard exchange?.keepsAlive == true, restIsSmall else {
      exchange?.keepsAlive = false
      return finishExchange()
    }
    // The parser drops the rest of the body and then ends the exchange.
    isBodyPaused = false
    flush()
    if phase == .body { pump() }
  }

  /// Ends the exchange and makes the connection ready for the next request, or closes it.
  func finishExchange() {
    guard let finished = exchange else { return }
    exchange = nil
    beatDeadline = .max
    report(finished)
    phase = .idle
    setDeadline(core.configuration.idleTimeout)
    if !finished.keepsAlive { closesWhenWritten = true }
    if output.isEmpty {
      if closesWhenWritten { return linger() }
    } else {
      flush()
    }
    if phase == .idle { pump() }
  }

  /// The client is gone: the handler is cancelled, and its answer, if one comes, goes nowhere.
  func abandonExchange() {
    exchange?.keepsAlive = false
    exchange?.isAbandoned = true
    // First the reason, then the cancellation: a reader learns what happened rather than that it was
    // cancelled.
    exchange?.body?.finish(
      throwing: HTTPError(.badRequest, .bodyIncomplete, "the client left before its request was complete"))
    exchange?.task?.cancel()
    failWaiters()
    abandonFeed()
  }

  /// Answers a request that cannot be accepted, and closes.
  func reject(_ rejection: RequestRejection) {
    if phase == .closed || phase == .lingering { return }
    let error = HTTPError(rejection)
    // Half an answer is out: nothing but the end of the connection can follow it.
    if exchange?.status != nil { return close() }
    let response = core.onError(error, nil)
    exchange?.body?.finish(throwing: error)
    exchange?.status = response.status
    abandonExchange()
    exchange.map(report)
    exchange = nil
    // Whatever the handler still writes belongs to no exchange any more.
    sequence += 1
    let bytes = if case .bytes(let bytes) = response.body { bytes } else { [UInt8]() }
    output.withBytes {
      ResponseHead(
        status: response.status, fields: response.fields, length: .bytes(Int64(bytes.count)),
        keepsAlive: false,
        isHTTP10: false
      ).write(date: set.date(), to: &$0)
      $0.append(contentsOf: bytes)
    }
    phase = .idle
    setDeadline(core.configuration.lingerTime)
    closesWhenWritten = true
    flush()
  }
}
