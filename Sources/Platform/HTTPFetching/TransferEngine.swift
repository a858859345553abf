import CCurl
import EventLoop

/// Owns a curl multi handle and drives it from one loop: curl says which sockets and which timer it waits
/// for.
final class TransferEngine: @unchecked Sendable {
  // @unchecked: after `init` every variable, and the handle, is touched on the loop's thread only.
  let loop: EventLoop
  private let multi: UnsafeMutableRawPointer
  private var carriers: [UnsafeMutableRawPointer: CurlCarrier] = [:]
  private var sockets: [Int32: SocketHandler] = [:]
  private var timer: TimerToken?
  private var isClosed = false
  /// Those whose receivers took something within the call of curl that runs.
  private var unsettled: [Transfer] = []

  init(loop: EventLoop) throws(FetchError) {
    guard let multi = curl_multi_init() else { throw FetchError(.other, detail: "curl_multi_init failed") }
    self.loop = loop
    self.multi = multi
    ccurl_multi_setup(
      multi,
      { _, socket, what, context, _ in
        guard let context else { return -1 }
        Unmanaged<TransferEngine>.fromOpaque(context).takeUnretainedValue().watch(socket, what)
        return 0
      },
      { _, milliseconds, context in
        guard let context else { return -1 }
        Unmanaged<TransferEngine>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds)
        return 0
      }, Unmanaged.passUnretained(self).toOpaque(), 1024)
  }

  /// Hands a prepared transfer to curl; call on the loop.
  ///
  /// False when the engine is closed.
  func add(_ carrier: CurlCarrier, _ easy: UnsafeMutableRawPointer) -> Bool {
    if isClosed { return false }
    carriers[easy] = carrier
    return curl_multi_add_handle(multi, easy) == CURLM_OK
  }

  /// Lets a transfer that was added begin now, rather than after what else the loop has to do; call on the loop,
  /// never from a curl callback.
  func start() { act(CURL_SOCKET_TIMEOUT, 0) }

  /// Takes a transfer back; call on the loop, never from a curl callback.
  func remove(_ easy: UnsafeMutableRawPointer) {
    if carriers.removeValue(forKey: easy) != nil { curl_multi_remove_handle(multi, easy) }
  }

  /// Lets a paused transfer go on.
  func resume(_ easy: UnsafeMutableRawPointer) {
    curl_easy_pause(easy, CURLPAUSE_CONT)
    settle()
    finishDone()
  }

  /// Calls `settle` of a transfer as soon as curl returns; for curl's callbacks.
  func settleLater(_ transfer: Transfer) {
    // One call serves one socket, so what comes together comes in a row.
    if unsettled.last !== transfer { unsettled.append(transfer) }
  }

  private func settle() {
    // One by one: what is settled may go on, and have another one settled.
    while let transfer = unsettled.popLast() { transfer.settle() }
  }

  /// Aborts every transfer and frees the handle.
  ///
  /// The block keeps the engine alive until that is done.
  func close() {
    loop.execute {
      if self.isClosed { return }
      self.isClosed = true
      for carrier in self.carriers.values { carrier.transfer?.cut() }
      curl_multi_cleanup(self.multi)
      self.setTimer(-1)
      // What curl did not take back itself: from here on no event finds the engine.
      for socket in self.sockets.keys { self.loop.remove(socket) }
      self.sockets = [:]
    }
  }

  // MARK: curl's callbacks

  private func watch(_ socket: Int32, _ what: Int32) {
    if what == CURL_POLL_REMOVE {
      if sockets.removeValue(forKey: socket) != nil { loop.remove(socket) }
      return
    }
    var wanted: Readiness = []
    if what & CURL_POLL_IN != 0 { wanted.insert(.readable) }
    if what & CURL_POLL_OUT != 0 { wanted.insert(.writable) }
    if sockets[socket] != nil { return loop.modify(socket, wanted) }
    let handler = SocketHandler(socket: socket, engine: self)
    // Refused only for a descriptor that is no socket, which curl then finds out by itself.
    do throws(EventLoopError) {
      try loop.add(socket, wanted, handler)
      sockets[socket] = handler
    } catch {}
  }

  private func setTimer(_ milliseconds: Int) {
    if let timer { loop.cancel(timer) }
    timer = nil
    if milliseconds < 0 { return }
    // Through the loop even for no delay: curl forbids calling it back from its timer callback.
    // Unowned, not weak, which would make every other reference slow: `close` cancels it, and keeps the engine until
    // then.
    timer = loop.schedule(after: .milliseconds(milliseconds)) { [unowned self] in
      timer = nil
      act(CURL_SOCKET_TIMEOUT, 0)
    }
  }

  fileprivate func act(_ socket: Int32, _ events: Int32) {
    if isClosed { return }
    var running: Int32 = 0
    curl_multi_socket_action(multi, socket, events, &running)
    settle()
    finishDone()
  }

  private func finishDone() {
    var result = CURLE_OK
    while let easy = ccurl_multi_next_done(multi, &result) {
      guard let carrier = carriers.removeValue(forKey: easy) else { continue }
      curl_multi_remove_handle(multi, easy)
      carrier.finish(result)
    }
  }
}

/// Tells the engine that one of curl's sockets is ready.
private final class SocketHandler: ReadinessHandler {
  private let socket: Int32
  private unowned let engine: TransferEngine

  init(socket: Int32, engine: TransferEngine) {
    self.socket = socket
    self.engine = engine
  }

  func ready(_ readiness: Readiness) {
    var events: Int32 = 0
    if readiness.contains(.readable) { events |= CURL_CSELECT_IN }
    if readiness.contains(.writable) { events |= CURL_CSELECT_OUT }
    if readiness.isBroken { events |= CURL_CSELECT_ERR | CURL_CSELECT_IN }
    engine.act(socket, events)
  }
}
