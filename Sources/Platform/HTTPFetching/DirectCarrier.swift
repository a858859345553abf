import EventLoop
import Glibc
import HTTPWire

/// Carries plain HTTP/1.1 to an address by itself.
///
/// An engine on this machine answers with hundreds of small pieces; libcurl's way to each costs as much again as all
/// that the gateway does with it (docs/decisions).
final class DirectCarrier: Carrier, @unchecked Sendable {
  // @unchecked: everything is touched on the loop only, once `init` is over.
  private let target: DirectTarget
  private let method: HTTPMethod
  private let pool: DirectConnections
  private let connectTimeout: Duration
  private let totalTimeout: Duration?
  /// The request; let go of when its answer begins.
  private var bytes: [UInt8]
  private let size: Int
  private var sent = 0
  private(set) var transfer: Transfer?
  private var connection: DirectConnection?
  private var isReused = false
  private var connectTimer: TimerToken?
  private var totalTimer: TimerToken?

  private var parser = ResponseHeadParser()
  /// A head that is not whole yet.
  private var headBytes: [UInt8] = []
  private var framing: ResponseFraming?
  private var decoder = BodyDecoder(.none)
  private var keepsAlive = false
  private var hasReceived = false
  /// What the transfer had no room for.
  private var heldBack: [UInt8] = []
  private var isHeldBack = false
  private var mustSettle = false

  init(_ request: FetchRequest, to target: DirectTarget, pool: DirectConnections) {
    self.target = target
    self.pool = pool
    method = request.method
    connectTimeout = request.connectTimeout
    totalTimeout = request.totalTimeout
    bytes = Self.written(request, to: target)
    size = bytes.count
  }

  private static func written(_ request: FetchRequest, to target: DirectTarget) -> [UInt8] {
    var body: [UInt8] = []
    if case .bytes(let given) = request.body { body = given }
    var output: [UInt8] = []
    output.reserveCapacity(512 + body.count)
    output += "\(request.method.rawValue) \(target.path) HTTP/1.1\r\n".utf8
    if !request.fields.contains("Host") { output += "Host: \(target.origin)\r\n".utf8 }
    if !request.fields.contains("Accept") { output += "Accept: */*\r\n".utf8 }
    request.fields.write(to: &output)
    var hasLength = [.post, .put, .patch].contains(request.method)
    if case .bytes = request.body { hasLength = true }
    if hasLength { output += "Content-Length: \(body.count)\r\n".utf8 }
    output += "\r\n".utf8
    output += body
    return output
  }

  // MARK: Carrier

  func start(for transfer: Transfer) -> Bool {
    guard pool.begin(self) else { return false }
    self.transfer = transfer
    if let totalTimeout {
      totalTimer = pool.loop.schedule(after: totalTimeout) { [weak self] in
        self?.totalTimer = nil
        self?.finish(FetchError(.timedOut, detail: "not whole after \(totalTimeout)"))
      }
    }
    if let kept = pool.take(target.origin) {
      isReused = true
      connection = kept
      kept.user = self
      send()
    } else {
      connect()
    }
    return true
  }

  func leave() {
    transfer = nil
    end(keeping: false)
  }

  func resume() {
    guard isHeldBack else { return }
    isHeldBack = false
    let rest = heldBack
    heldBack = []
    rest.withUnsafeBytes { takeBody($0) }
    read()
  }

  /// The head counts, too: what stands still is the whole.
  var sentBytes: Int64 { Int64(sent) }

  // MARK: From the connection

  private func connect() {
    do throws(FetchError) {
      let connection = try DirectConnection(to: target, pool: pool)
      self.connection = connection
      connection.user = self
      send()
      if sent == 0, self.connection != nil {
        connectTimer = pool.loop.schedule(after: connectTimeout) { [weak self] in
          self?.connectTimer = nil
          self?.finish(FetchError(.timedOut, detail: "not connected after \(self?.connectTimeout ?? .zero)"))
        }
      }
    } catch {
      finish(error)
    }
  }

  func canSend() {
    if let connectTimer { pool.loop.cancel(connectTimer) }
    connectTimer = nil
    send()
  }

  /// Sends what the socket takes of what is left.
  func send() {
    while sent < size, let connection {
      let count = bytes.withUnsafeBytes { connection.send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
      if count == -Int(EAGAIN) { return }
      if count < 0 { return refused(connection, Int32(-count)) }
      sent += count
    }
  }

  /// What is sent is not taken any more.
  private func refused(_ connection: DirectConnection, _ failure: Int32) {
    guard connection.isConnected else { return lost(FetchError(connecting: failure)) }
    // A server may answer before it has read everything, and close: the answer is what tells.
    connection.isReadReady = true
    read()
    if self.connection === connection, !hasReceived {
      lost(FetchError(.connectionLost, detail: "send: errno \(failure)"))
    }
  }

  /// Reads while something is there and room for it.
  func read() {
    // One connection that always has more must not keep the loop from all others.
    var turns = 0
    while let connection, connection.isReadReady, !isHeldBack {
      if turns == 16 {
        pool.loop.schedule(after: .zero) { [weak self] in self?.read() }
        break
      }
      turns += 1
      let count = connection.receive(pool.buffer, DirectConnections.bufferSize)
      if count > 0 {
        if !hasReceived {
          hasReceived = true
          if sent == size { bytes = [] }
        }
        take(UnsafeRawBufferPointer(start: pool.buffer, count: count))
      } else if count == 0 && framing == .untilClose {
        finish(nil)
      } else if count != -Int(EAGAIN) {
        lost(FetchError(.connectionLost, detail: count == 0 ? "closed too early" : "recv: errno \(-count)"))
      }
    }
    if mustSettle {
      mustSettle = false
      transfer?.settle()
    }
  }

  /// The connection failed.
  ///
  /// A kept one may have been closed just as the request went out (RFC 9112 section 9.3.1): a server that has said
  /// nothing is asked once more, by a new one.
  func lost(_ failure: FetchError) {
    guard isReused, !hasReceived else { return finish(failure) }
    isReused = false
    connection?.close()
    connection = nil
    sent = 0
    connect()
  }

  // MARK: The answer

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if framing != nil { return takeBody(bytes) }
    if headBytes.isEmpty { return takeHead(bytes) }
    headBytes += bytes
    // A second reference: it is let go of while its bytes are being looked at.
    let all = headBytes
    all.withUnsafeBytes { takeHead($0) }
  }

  private func takeHead(_ bytes: UnsafeRawBufferPointer) {
    var start = 0
    do throws(BrokenResponse) {
      while let (head, length) = try parser.parse(
        UnsafeRawBufferPointer(rebasing: bytes[start...]), answering: method)
      {
        start += length
        transfer?.somethingCame()
        if head.status.code < 200 { continue }
        headBytes = []
        begin(head)
        return takeBody(UnsafeRawBufferPointer(rebasing: bytes[start...]))
      }
    } catch {
      return finish(FetchError(.badResponse, detail: error.description))
    }
    if start > 0 || headBytes.isEmpty { headBytes = Array(bytes[start...]) }
  }

  private func begin(_ head: ReceivedHead) {
    framing = head.framing
    keepsAlive = head.keepsAlive
    switch head.framing {
    case .length(let length): decoder = BodyDecoder(.length(length))
    case .chunked: decoder = BodyDecoder(.chunked)
    case .none, .untilClose: break
    }
    transfer?.receive(head.status, head.fields)
  }

  private func takeBody(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    while let transfer {
      if framing != .untilClose, decoder.isDone { return finish(nil, hasMore: position < bytes.count) }
      guard position < bytes.count else { return }
      guard transfer.isLeaving || transfer.hasRoom() else {
        isHeldBack = true
        heldBack = Array(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        return
      }
      let piece: Range<Int>
      do throws(RequestRejection) {
        guard let next = try nextPiece(bytes, &position) else { continue }
        piece = next
      } catch {
        return finish(FetchError(.badResponse, detail: error.description))
      }
      // More than the answer that was read, and how long it goes on nobody knows.
      if transfer.isLeaving { return finish(FetchError(.aborted, detail: "more than was read")) }
      if transfer.receive(UnsafeRawBufferPointer(rebasing: bytes[piece])) { mustSettle = true }
    }
  }

  /// Content among what is there; nil where there is none, or none any more.
  private func nextPiece(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(RequestRejection)
    -> Range<Int>?
  {
    if framing == .untilClose {
      defer { position = bytes.count }
      return position..<bytes.count
    }
    guard case .data(let range) = try decoder.next(bytes, &position) else { return nil }
    return range
  }

  /// The answer is whole, or there will be none.
  private func finish(_ failure: FetchError?, hasMore: Bool = false) {
    guard let transfer else { return }
    self.transfer = nil
    let mustSettle = mustSettle
    self.mustSettle = false
    end(keeping: failure == nil && keepsAlive && !hasMore && sent == size)
    if mustSettle { transfer.settle() }
    transfer.finish(failure)
  }

  private func end(keeping: Bool) {
    for timer in [connectTimer, totalTimer] { timer.map { pool.loop.cancel($0) } }
    connectTimer = nil
    totalTimer = nil
    if let connection {
      self.connection = nil
      if keeping && !connection.isPeerClosed { pool.keep(connection) } else { connection.close() }
    }
    pool.ended(self)
  }
}
