import EventLoop
import Glibc
import HTTPWire

extension Connection {
  /// Sends what the socket takes.
  func flush() {
    if phase == .closed || output.isEmpty { return }
    var failure: Int32 = 0
    var progressed = false
    output.drain { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = transmit(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        if count < 0 {
          if count != -Int(EAGAIN) { failure = Int32(-count) }
          break
        }
        sent += count
        progressed = true
      }
      return sent
    }
    if failure != 0 { return close() }
    if output.isEmpty {
      writeDeadline = .max
    } else if progressed || writeDeadline == .max {
      writeDeadline = EventLoop.now &+ core.configuration.writeStallTimeout.nanoseconds
    }
    if output.count <= core.configuration.highMark / 4 {
      resumeWaiters()
      resumeFeed()
    }
    if output.isEmpty && closesWhenWritten { return linger() }
    if phase == .idle || phase == .head { pump() }
  }

  /// Writes part of a streamed body.
  ///
  /// False when the writer must wait for room.
  func write(_ bytes: [UInt8], _ sequence: UInt64) throws -> Bool {
    guard phase != .closed, phase != .lingering, sequence == self.sequence, let current = exchange,
      current.status != nil, !current.isAnswered, !current.isAbandoned
    else { throw ResponseAborted() }
    if bytes.isEmpty || current.method == .head { return true }
    current.sentBytes += Int64(bytes.count)
    if current.isChunked { output.append(chunk: bytes) } else { output.append(bytes) }
    flush()
    if phase == .closed { throw ResponseAborted() }
    return output.count <= core.configuration.highMark
  }

  func waitForRoom(_ sequence: UInt64, _ continuation: CheckedContinuation<Void, any Error>) {
    if phase == .closed || phase == .lingering || sequence != self.sequence {
      return continuation.resume(throwing: ResponseAborted())
    }
    if output.count <= core.configuration.highMark / 4 { return continuation.resume() }
    waiters.append(continuation)
  }

  private func resumeWaiters() {
    let ready = waiters
    waiters = []
    for waiter in ready { waiter.resume() }
  }

  func failWaiters() {
    let failed = waiters
    waiters = []
    for waiter in failed { waiter.resume(throwing: ResponseAborted()) }
    fileWaiter?.resume(throwing: ResponseAborted())
    fileWaiter = nil
  }

  /// Writes a response's head.
  func writeHead(_ response: Response, length: ResponseHead.Length) {
    guard let current = exchange else { return }
    var fields = response.fields
    fields.remove(ResponseHead.reserved)
    var keepsAlive = current.keepsAlive && !core.isDraining
    var isChunked = false
    if case .unknown = length {
      isChunked = !current.isHTTP10
      if current.isHTTP10 { keepsAlive = false }
    }
    exchange?.keepsAlive = keepsAlive
    exchange?.isChunked = isChunked
    exchange?.status = response.status
    let head = ResponseHead(
      status: response.status, fields: fields, length: length, keepsAlive: keepsAlive,
      isHTTP10: current.isHTTP10)
    output.withBytes { head.write(date: set.date(), to: &$0) }
  }
}
