import CCurl
import EventLoop
import HTTPWire

/// Carries by libcurl: owns the easy handle.
final class CurlCarrier: Carrier, @unchecked Sendable {
  // @unchecked: everything is touched on the engine's loop only, once `init` is over.
  private let engine: TransferEngine
  private let easy: EasyHandle
  private let upload: Upload?
  private let followsRedirects: Bool
  private var head = ResponseHeadReader()
  /// From the start to the end; the transfer holds the carrier meanwhile.
  private(set) var transfer: Transfer?

  /// Prepares a request.
  ///
  /// Throws `FetchError` for what can be refused without sending it.
  init(_ request: FetchRequest, engine: TransferEngine) throws(FetchError) {
    self.engine = engine
    easy = try EasyHandle(request)
    followsRedirects = request.maximumRedirects > 0
    if case .stream(_, let source) = request.body { upload = Upload(source: source) } else { upload = nil }
    let context = Unmanaged.passUnretained(self).toOpaque()
    easy.setCallbacks(
      context,
      onHeader: { bytes, size, count, context in
        guard let carrier = CurlCarrier.from(context) else { return 0 }
        carrier.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
      },
      onBody: { bytes, size, count, context in
        guard let carrier = CurlCarrier.from(context) else { return 0 }
        return carrier.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
      },
      onUpload: { bytes, size, count, context in
        guard let carrier = CurlCarrier.from(context), let bytes else { return 0 }
        return carrier.giveUpload(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
      })
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> CurlCarrier? {
    // Unretained: the engine holds every carrier that curl knows.
    context.map { Unmanaged<CurlCarrier>.fromOpaque($0).takeUnretainedValue() }
  }

  func start(for transfer: Transfer) -> Bool {
    self.transfer = transfer
    guard engine.add(self, easy.pointer) else {
      leave()
      return false
    }
    upload?.start(
      onReady: { [weak transfer] in transfer?.goOn() },
      onFailure: { [weak transfer] error in
        transfer?.abort(FetchError(.uploadFailed, detail: "the source failed", underlying: error))
      }, loop: engine.loop)
    engine.start()
    return true
  }

  func leave() {
    engine.remove(easy.pointer)
    upload?.stop()
    transfer = nil
  }

  func resume() { engine.resume(easy.pointer) }

  /// Bytes of the body that were sent: it goes out without a word from curl.
  var sentBytes: Int64 { easy.sentBytes }

  /// Curl is done with it.
  ///
  /// Called on the loop, outside curl's callbacks.
  func finish(_ result: CURLcode) {
    upload?.stop()
    let transfer = transfer
    self.transfer = nil
    transfer?.finish(result == CURLE_OK ? nil : easy.failure(result))
  }

  // MARK: curl's callbacks

  private func receiveHeader(_ line: UnsafeRawBufferPointer) {
    transfer?.somethingCame()
    guard let transfer, transfer.isWaiting, let (status, fields) = head.add(line), status.code >= 200
    else { return }
    let isRedirect = (300..<400).contains(status.code) && status.code != 304
    if followsRedirects && isRedirect && fields.contains("Location") { return }
    transfer.receive(status, fields)
  }

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    // More than the answer that was read: curl takes it for a failure, and gives up the connection.
    guard let transfer, !transfer.isLeaving else { return 0 }
    // "Took nothing": curl gives the same bytes again when it is told to go on.
    guard transfer.hasRoom() else { return Int(CURL_WRITEFUNC_PAUSE) }
    if transfer.receive(bytes) { engine.settleLater(transfer) }
    return bytes.count
  }

  private func giveUpload(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let count = upload?.take(buffer) else {
      transfer?.pause()
      return Int(CURL_READFUNC_PAUSE)
    }
    transfer?.somethingCame()
    return count
  }
}
