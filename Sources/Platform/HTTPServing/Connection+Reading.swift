import Concurrency
import EventLoop
import Glibc
import HTTPWire

extension Connection {
  private var mayRead: Bool {
    switch phase {
    // A client that sends requests and reads no answers is not read from either.
    case .idle, .head: !closesWhenWritten && output.count < core.configuration.highMark
    case .body: !isBodyPaused
    case .handshake, .handling, .lingering, .closed: false
    }
  }

  /// The one place that reads and parses.
  ///
  /// Not re-entrant: a handler may answer while it is being started, and the loop below then goes on by
  /// itself.
  func pump() {
    if isPumping { return }
    isPumping = true
    defer { isPumping = false }
    var pending: Request?
    while phase != .closed {
      if mayRead, inputOffset < input.count {
        do throws(RequestRejection) {
          if try step(&pending) { continue }
        } catch {
          pending = nil
          return reject(error)
        }
      }
      // Started only when the packet at hand is used up: a fast handler would otherwise answer "before the
      // body" and lose the connection.
      if let request = pending {
        pending = nil
        start(request)
        continue
      }
      guard mayRead, isReadReady, fill() else { return }
    }
  }

  /// Reads once into `input`; false when there was nothing, or the connection ended.
  private func fill() -> Bool {
    let count = receive()
    if count > 0 {
      // Under TLS a read gives one record, and more may lie behind it.
      if count < EventLoop.scratchSize && !isPeerClosed && tls == nil { isReadReady = false }
      if inputOffset > 0 {
        input.removeFirst(inputOffset)
        inputOffset = 0
      }
      input.append(contentsOf: UnsafeRawBufferPointer(start: loop.scratch, count: count))
      if phase == .body { setDeadline(core.configuration.bodyStallTimeout) }
      return true
    }
    isReadReady = false
    if count == -Int(EAGAIN) { return false }
    // The end: an answer still being written goes out, a half-sent request does not count.
    if count == 0 && phase == .idle && !output.isEmpty { closesWhenWritten = true } else { close() }
    return false
  }

  /// Parses what `input` holds; false when it needs more.
  private func step(_ pending: inout Request?) throws(RequestRejection) -> Bool {
    // A second reference: handlers and `close` may clear `input` while its bytes are being looked at.
    let held = input
    switch phase {
    case .idle, .head:
      if phase == .idle {
        phase = .head
        setDeadline(core.configuration.headTimeout)
      }
      let found = try held[inputOffset...].withUnsafeBufferPointer { bytes throws(RequestRejection) in
        try parser.parse(UnsafeRawBufferPointer(bytes))
      }
      guard let (head, length) = found else { return false }
      inputOffset += length
      pending = try begin(head)
      releaseInput()
      return true
    case .body:
      try held.withUnsafeBufferPointer { bytes throws(RequestRejection) in
        try decode(UnsafeRawBufferPointer(bytes))
      }
      releaseInput()
      // Answered before its body was whole: what came behind that in the same packet is the next request, and no
      // further packet will tell of it.
      return phase == .idle
    case .handshake, .handling, .lingering, .closed:
      return false
    }
  }

  private func decode(_ bytes: UnsafeRawBufferPointer) throws(RequestRejection) {
    while true {
      switch try decoder.next(bytes, &inputOffset) {
      case .data(let range):
        exchange?.awaitsContinue = false
        guard let stream = exchange?.body, exchange?.isAnswered == false else { continue }
        let mayGoOn = stream.push(Self.copy(of: bytes, range))
        // Before pausing: with nothing left to read, nothing would come back here to see the end.
        if decoder.isDone { return endBody() }
        if !mayGoOn {
          isBodyPaused = true
          return
        }
      case .end: return endBody()
      case .needsMore: return
      }
    }
  }

  /// In one go: an array made of a slice of raw bytes is filled byte by byte.
  private static func copy(of bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: range.count) { room, count in
      UnsafeMutableRawBufferPointer(room).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      count = range.count
    }
  }

  private func releaseInput() {
    guard inputOffset == input.count else { return }
    // An idle client should cost little: keep only a small buffer for its next request.
    if input.capacity > 4096 { input = [] } else { input.removeAll(keepingCapacity: true) }
    inputOffset = 0
  }

  /// Sets up the exchange for a head and returns the request to be started.
  private func begin(_ head: RequestHead) throws(RequestRejection) -> Request {
    let target: RequestTarget
    do throws(TargetError) {
      target = try RequestTarget(
        parsing: head.target, allowingEncodedSlash: core.configuration.allowsEncodedSlash)
    } catch {
      throw RequestRejection(.badRequest, error.description, target: head.target)
    }
    sequence += 1
    let number = RequestNumber(run: core.run, connection: identifier, sequence: sequence)
    let stream = head.framing == .none ? nil : ByteStream(highMark: core.configuration.highMark)
    let started = EventLoop.now
    exchange = Exchange(
      number: number, method: head.method, target: head.target, isHTTP10: head.isHTTP10,
      started: started, body: stream, keepsAlive: head.keepsAlive && !core.isDraining,
      awaitsContinue: head.expectsContinue)
    decoder = BodyDecoder(head.framing)
    isBodyPaused = false
    phase = stream == nil ? .handling : .body
    setDeadline(stream == nil ? nil : core.configuration.bodyStallTimeout)
    if let stream { connect(stream, sequence) }
    return Request(
      Request.Arrival(
        method: head.method, target: target, fields: head.fields,
        body: RequestBody(
          stream: stream, framing: head.framing, limit: core.configuration.maximumBodyBytes),
        remoteAddress: peer.text, loop: loop, blocking: core.blocking, number: number, drain: core.drain,
        began: started))
  }

  private func connect(_ stream: ByteStream, _ sequence: UInt64) {
    // Not weak, which would make every other reference to the connection slow; the exchange, and with it the stream,
    // goes when the connection closes.
    stream.setCallbacks(
      onDrain: { self.loop.execute { self.resumeBody(sequence) } },
      onFirstWait: { self.loop.execute { self.sendContinue(sequence) } })
  }

  private func resumeBody(_ sequence: UInt64) {
    guard phase == .body, sequence == self.sequence, isBodyPaused else { return }
    isBodyPaused = false
    setDeadline(core.configuration.bodyStallTimeout)
    pump()
  }

  /// The handler wants the body: let a client that asked first send it (RFC 9110 section 10.1.1).
  private func sendContinue(_ sequence: UInt64) {
    guard phase == .body, sequence == self.sequence, exchange?.awaitsContinue == true, exchange?.status == nil
    else { return }
    exchange?.awaitsContinue = false
    setDeadline(core.configuration.bodyStallTimeout)
    output.append("HTTP/1.1 100 Continue\r\n\r\n")
    flush()
  }

  private func endBody() {
    phase = .handling
    setDeadline(nil)
    exchange?.body?.finish()
    if exchange?.isAnswered == true { return finishExchange() }
    if isPeerClosed { awaitLeaving() }
  }
}
