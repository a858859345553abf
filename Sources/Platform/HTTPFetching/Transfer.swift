import CCurl
import Concurrency
import EventLoop
import HTTPWire

/// One request and its answer: owns the curl easy handle.
///
/// | state | means | leaves by |
/// |---|---|---|
/// | prepared | options set | begin → waiting |
/// | waiting | no head yet | head → streaming; failure → finished |
/// | streaming | head delivered | last byte, failure → finished; `letEnd` → leaving |
/// | leaving | its reader has all it wants | last byte, one byte more, silence → finished |
/// | finished | curl no longer knows it | |
final class Transfer: @unchecked Sendable {
  // @unchecked: `body` is Sendable; everything else is touched on the engine's loop only, once `init` is
  // over.
  private enum State { case prepared, waiting, streaming, leaving, finished }

  let body = ByteStream(highMark: 128 * 1024)
  private let engine: TransferEngine
  private let easy: EasyHandle
  private let upload: Upload?
  private let followsRedirects: Bool
  private var state = State.prepared
  private var continuation: CheckedContinuation<FetchResponse, any Error>?
  private var head = ResponseHeadReader()
  private var isPaused = false
  private var abortReason: (any Error)?
  /// Takes the body in place of `body`.
  private var receiver: (any BodyReceiver)?
  private var isReceiverFull = false
  /// What a finished transfer failed with.
  private var failure: (any Error)?
  private let stall: Duration?
  /// When the last byte came or went.
  private var lastByte: UInt64 = 0
  private var stallTimer: TimerToken?
  private var sentAtCheck: Int64 = 0

  /// Prepares a request.
  ///
  /// Throws `FetchError` for what can be refused without sending it.
  init(_ request: FetchRequest, engine: TransferEngine) throws(FetchError) {
    self.engine = engine
    easy = try EasyHandle(request)
    followsRedirects = request.maximumRedirects > 0
    stall = request.stallTimeout.map { max($0, .seconds(1)) }
    if case .stream(_, let source) = request.body { upload = Upload(source: source) } else { upload = nil }
    let context = Unmanaged.passUnretained(self).toOpaque()
    easy.setCallbacks(
      context,
      onHeader: { bytes, size, count, context in
        guard let transfer = Transfer.from(context) else { return 0 }
        transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
      },
      onBody: { bytes, size, count, context in
        guard let transfer = Transfer.from(context) else { return 0 }
        return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
      },
      onUpload: { bytes, size, count, context in
        guard let transfer = Transfer.from(context), let bytes else { return 0 }
        return transfer.giveUpload(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
      })
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    // Unretained: the engine holds every transfer that curl knows.
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Starts; the continuation gets the head or the failure.
  ///
  /// Call on the loop.
  func begin(_ continuation: CheckedContinuation<FetchResponse, any Error>) {
    if let abortReason { return continuation.resume(throwing: abortReason) }
    self.continuation = continuation
    state = .waiting
    // Until `end`, which takes them back.
    body.setCallbacks(onDrain: { self.goOn() }, onEnd: { self.abort(CancellationError()) })
    if let stall { watchStall(for: stall) }
    guard engine.add(self, easy.pointer) else {
      engine.remove(easy.pointer)
      return end(FetchError(.aborted, detail: "the client is closed"))
    }
    upload?.start(
      onReady: { [weak self] in self?.goOn() },
      onFailure: { [weak self] error in
        self?.abort(FetchError(.uploadFailed, detail: "the source failed", underlying: error))
      }, loop: engine.loop)
    engine.start()
  }

  /// Ends the transfer if it has not ended.
  ///
  /// From any thread.
  func abort(_ reason: any Error = FetchError(.aborted)) {
    engine.loop.execute {
      if self.state == .prepared { self.abortReason = reason }
      guard self.isUnderWay else { return }
      self.leave(reason)
    }
  }

  /// The engine closes.
  func cut() { if state != .finished { leave(FetchError(.aborted)) } }

  private var isUnderWay: Bool { state == .waiting || state == .streaming }

  /// Takes itself back from curl.
  private func leave(_ failure: (any Error)?) {
    engine.remove(easy.pointer)
    end(failure)
  }

  /// Curl is done with it.
  ///
  /// Called on the loop, outside curl's callbacks.
  func finish(_ result: CURLcode) {
    if result == CURLE_OK {
      end(state == .waiting ? FetchError(.badResponse, detail: "no final response") : nil)
    } else {
      end(easy.failure(result))
    }
  }

  private func end(_ failure: (any Error)?) {
    let wasWaiting = state == .waiting
    state = .finished
    self.failure = failure
    upload?.stop()
    if let stallTimer { engine.loop.cancel(stallTimer) }
    if wasWaiting {
      continuation?.resume(throwing: failure ?? FetchError(.aborted))
      continuation = nil
    }
    body.finish(throwing: failure)
    body.setCallbacks()
    let receiver = receiver
    self.receiver = nil
    receiver?.end(failure)
  }

  /// Lets curl give what it holds back, and ask for more.
  ///
  /// From any thread.
  func goOn() {
    engine.loop.execute {
      self.isReceiverFull = false
      guard self.isPaused, self.isUnderWay else { return }
      self.isPaused = false
      self.lastByte = EventLoop.now
      self.engine.resume(self.easy.pointer)
    }
  }

  // MARK: A receiver in place of a reader

  func pour(into receiver: any BodyReceiver) {
    engine.loop.execute {
      self.receiver = receiver
      let waiting = self.body.takeAll()
      if !waiting.isEmpty {
        self.isReceiverFull = !waiting.withUnsafeBytes { receiver.receive($0) }
        self.settle()
      }
      if self.state == .finished {
        self.end(self.failure)
      } else if !self.isReceiverFull {
        self.goOn()
      }
    }
  }

  func settle() { receiver?.settle() }

  func letEnd(within patience: Duration) {
    engine.loop.execute {
      guard self.state == .streaming else { return }
      // There is more than was read.
      if self.isPaused { return self.leave(nil) }
      self.state = .leaving
      self.receiver = nil
      if let stallTimer = self.stallTimer { self.engine.loop.cancel(stallTimer) }
      self.stallTimer = self.engine.loop.schedule(after: patience) {
        self.stallTimer = nil
        self.leave(nil)
      }
    }
  }

  /// Curl's own limit would set a timer anew with every piece that comes.
  private func watchStall(for stall: Duration) {
    lastByte = EventLoop.now
    scheduleStallCheck(after: stall)
  }

  private func scheduleStallCheck(after delay: Duration) {
    stallTimer = engine.loop.schedule(after: delay) { self.checkStall() }
  }

  private func checkStall() {
    stallTimer = nil
    guard let stall, isUnderWay else { return }
    // A body of bytes goes out without a word from curl.
    let sent = easy.sentBytes
    if sent != sentAtCheck { lastByte = EventLoop.now }
    sentAtCheck = sent
    // An answer nobody reads, or a source that has nothing to send yet, stands still by itself.
    let silence = isPaused ? .zero : Duration.nanoseconds(Int64(EventLoop.now &- lastByte))
    if silence < stall { return scheduleStallCheck(after: stall - silence) }
    leave(FetchError(.timedOut, detail: "nothing came for \(stall)"))
  }

  // MARK: curl's callbacks

  private func receiveHeader(_ line: UnsafeRawBufferPointer) {
    lastByte = EventLoop.now
    guard state == .waiting, let (status, fields) = head.add(line), status.code >= 200 else { return }
    let isRedirect = (300..<400).contains(status.code) && status.code != 304
    if followsRedirects && isRedirect && fields.contains("Location") { return }
    state = .streaming
    continuation?.resume(
      returning: FetchResponse(status: status, fields: fields, body: FetchBody(transfer: self)))
    continuation = nil
  }

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    // More than the answer that was read: curl takes it for a failure, and gives up the connection.
    if state == .leaving { return 0 }
    // "Took nothing": curl gives the same bytes again when it is told to go on.
    if receiver == nil ? body.pauseIfFull() : isReceiverFull {
      isPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    lastByte = EventLoop.now
    if let receiver {
      engine.settleLater(self)
      isReceiverFull = !receiver.receive(bytes)
      return bytes.count
    }
    body.push(Array(bytes))
    return bytes.count
  }

  private func giveUpload(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let count = upload?.take(buffer) else {
      isPaused = true
      return Int(CURL_READFUNC_PAUSE)
    }
    lastByte = EventLoop.now
    return count
  }
}
