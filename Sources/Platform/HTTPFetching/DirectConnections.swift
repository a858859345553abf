import EventLoop

/// The plain connections of one loop: those at work, and those kept for the next request.
///
/// Every call but `init` comes on the loop, and `close` from anywhere.
final class DirectConnections: @unchecked Sendable {
  // @unchecked: after `init` every variable is touched on the loop's thread only.

  /// Kept for the next requests, at most.
  private static let room = 1024
  /// Kept unused no longer than this.
  private static let patience = Duration.seconds(60)
  /// Bytes read at once.
  static let bufferSize = 16 * 1024

  let loop: EventLoop
  /// For one read at a time, of whichever connection.
  let buffer = UnsafeMutableRawPointer.allocate(byteCount: bufferSize, alignment: 16)
  private var kept: [String: [DirectConnection]] = [:]
  private var keptCount = 0
  private var atWork: [ObjectIdentifier: DirectCarrier] = [:]
  private var sweeping: TimerToken?
  private var isClosed = false

  init(loop: EventLoop) { self.loop = loop }

  deinit { buffer.deallocate() }

  /// Takes a carrier in; false when the client is closed.
  func begin(_ carrier: DirectCarrier) -> Bool {
    if isClosed { return false }
    atWork[ObjectIdentifier(carrier)] = carrier
    return true
  }

  func ended(_ carrier: DirectCarrier) { atWork[ObjectIdentifier(carrier)] = nil }

  /// A kept connection that is fit for a request.
  func take(_ origin: String) -> DirectConnection? {
    while let connection = kept[origin]?.popLast() {
      keptCount -= 1
      if kept[origin]?.isEmpty == true { kept[origin] = nil }
      if connection.isFit() { return connection }
      connection.close()
    }
    return nil
  }

  /// Keeps a connection whose answer is whole.
  func keep(_ connection: DirectConnection) {
    connection.user = nil
    if isClosed || keptCount >= Self.room { return connection.close() }
    connection.idleSince = EventLoop.now
    kept[connection.origin, default: []].append(connection)
    keptCount += 1
    if sweeping == nil { sweepLater() }
  }

  /// Closes a kept connection.
  func drop(_ connection: DirectConnection) {
    if let place = kept[connection.origin]?.firstIndex(where: { $0 === connection }) {
      kept[connection.origin]?.remove(at: place)
      keptCount -= 1
      if kept[connection.origin]?.isEmpty == true { kept[connection.origin] = nil }
    }
    connection.close()
  }

  /// Aborts what is under way and closes every connection.
  ///
  /// The block keeps the connections' room alive until that is done.
  func close() {
    loop.execute {
      if self.isClosed { return }
      self.isClosed = true
      for carrier in Array(self.atWork.values) { carrier.transfer?.cut() }
      for connection in self.kept.values.joined() { connection.close() }
      self.kept = [:]
      self.keptCount = 0
      if let sweeping = self.sweeping { self.loop.cancel(sweeping) }
      self.sweeping = nil
    }
  }

  private func sweepLater() {
    // Unowned: `close` cancels it, and is called before the room goes.
    sweeping = loop.schedule(after: Self.patience) { [unowned self] in
      sweeping = nil
      let limit = EventLoop.now &- Self.patience.nanoseconds
      for connection in Array(kept.values.joined()) where connection.idleSince <= limit { drop(connection) }
      if keptCount > 0 { sweepLater() }
    }
  }
}
