import Domain

/// Where a model's bytes come from: senders of one host.
struct SenderSource: Sendable {
  /// Starts a sender; waits for room.
  let open: @Sendable () async throws(DomainError) -> any AgentTransport
  /// Starts a sender where there is room for one that only helps.
  let openExtra: @Sendable () async -> (any AgentTransport)?
  /// Waits for the connection; throws where there is none.
  let ready: @Sendable () async throws(DomainError) -> Void
  /// How many senders at once are worth it.
  let width: Int
  /// Whether they come only as the line carries them.
  let isPaced: Bool
}

/// A row of bytes on a host, read in order over one or several senders.
///
/// It is dealt out in parts of a MiB, a few to each sender before the first is read: while one is read, the others
/// fill the windows and pipes on the way, which is all the room that reading ahead takes. After a cut it goes on with
/// the next byte, as long as the tag says that it is the same row; each attempt that gets further is worth another.
actor ModelStream {
  private static let part: Int64 = 1 << 20
  /// Parts asked of one sender at once: more than a channel's window and its pipe hold.
  private static let depth = 4
  /// Attempts in a row that got no further.
  private static let patience = 5

  private let source: SenderSource
  private let request: SendRequest
  private let end: Int64
  /// The next byte to be given.
  private var position: Int64
  /// The next byte to be asked for.
  private var dealt: Int64
  private var questions = 0
  private var lanes: [SenderLane] = []
  /// Who was asked, and how much of it is still to come, in the order of the bytes.
  private var order: [(lane: SenderLane, left: Int64)] = []
  private var reinforcement: Task<Void, Never>?
  private var pace = TransferPace()
  /// Goes up with every attempt: a sender that was started for an earlier one comes too late.
  private var attempt = 0

  private init(_ source: SenderSource, _ request: SendRequest, _ range: Range<Int64>) {
    self.source = source
    self.request = request
    position = range.lowerBound
    dealt = range.lowerBound
    end = range.upperBound
  }

  deinit { reinforcement?.cancel() }

  /// Asks for the bytes; throws what the host refuses.
  ///
  /// Dropping the stream ends the senders.
  static func stream(_ source: SenderSource, _ request: SendRequest, _ range: Range<Int64>)
    async throws(DomainError) -> AsyncThrowingStream<[UInt8], any Error>
  {
    let stream = ModelStream(source, request, range)
    try await stream.start()
    return AsyncThrowingStream { try await stream.next() }
  }

  private func start() async throws(DomainError) {
    do throws(DomainError) {
      try await begin()
    } catch {
      await stop()
      throw error
    }
  }

  /// The next bytes; nil at the end, which comes only when the host has confirmed every part.
  private func next() async throws(DomainError) -> [UInt8]? {
    var vain = 0
    var pause = Backoff(first: 0.1, limit: 5)
    while position < end {
      do throws(DomainError) {
        if lanes.isEmpty {
          try await source.ready()
          try await begin()
        }
        return try await read()
      } catch {
        await stop()
        if Task.isCancelled { throw AgentError.cancelled }
        vain += 1
        guard error.code == .hostUnreachable, vain <= Self.patience,
          (try? await Task.sleep(for: pause.next())) != nil
        else { throw error }
      }
    }
    await stop()
    return nil
  }

  private func read() async throws(DomainError) -> [UInt8] {
    guard let lane = order.first?.lane else { throw AgentError.unreadable("nothing was asked for") }
    let piece = try await lane.read()
    order[0].left -= Int64(piece.count)
    if order[0].left < 0 { throw AgentError.unreadable("a part is too long") }
    if order[0].left == 0 {
      try await lane.confirm()
      order.removeFirst()
      // Two for one, until each has as many as it should: the parts of several that came at once are mixed.
      try await deal(2)
      await dismiss()
    }
    position += Int64(piece.count)
    pace.add(piece.count)
    return piece
  }

  // MARK: Senders

  private func begin() async throws(DomainError) {
    dealt = position
    let lead = try await SenderLane(try await source.open(), request)
    lanes = [lead]
    try await deal(Self.depth)
    try await lead.greet()
    let extras = min(Int64(source.width - 1), (end - dealt) / Self.part)
    guard extras > 0 else { return }
    // Unstructured: the first bytes do not wait for the helpers; it is cancelled with the attempt, and a sender that
    // comes later finds nobody and ends.
    let pace = TransferPace()
    self.pace = pace
    reinforcement = Task { [weak self, source, attempt] in
      await withTaskGroup { group in
        for extra in 0..<extras {
          group.addTask {
            if source.isPaced, await !pace.admits(Int(extra) + 2) { return }
            if let transport = await source.openExtra() { await self?.join(transport, attempt) }
          }
        }
      }
    }
  }

  private func join(_ transport: any AgentTransport, _ attempt: Int) async {
    // One that cannot even be written to is no help; the connection's end is noticed by who reads.
    guard attempt == self.attempt, dealt < end, let lane = try? await SenderLane(transport, request),
      attempt == self.attempt
    else { return await transport.close() }
    lanes.append(lane)
    try? await deal(1)
  }

  /// Asks for the next parts, each of the sender that waits for the fewest.
  private func deal(_ count: Int) async throws(DomainError) {
    for _ in 0..<count {
      let free = lanes.filter { $0.outstanding < Self.depth && ($0 === lanes[0] || !$0.transport.isUnwanted) }
      guard dealt < end,
        let lane = free.min(by: { ($0.outstanding, $0.lastAsked) < ($1.outstanding, $1.lastAsked) })
      else { return }
      let part = dealt..<min(end, dealt + Self.part)
      dealt = part.upperBound
      questions += 1
      lane.lastAsked = questions
      order.append((lane, Int64(part.count)))
      try await lane.ask(part)
    }
  }

  /// Lets helpers go that have nothing left to do and whose room others need.
  private func dismiss() async {
    while let index = lanes.dropFirst().firstIndex(where: { $0.outstanding == 0 && $0.transport.isUnwanted })
    {
      await lanes.remove(at: index).transport.close()
    }
  }

  private func stop() async {
    attempt += 1
    reinforcement?.cancel()
    reinforcement = nil
    pace.end()
    let open = lanes
    lanes = []
    order = []
    for lane in open { await lane.transport.close() }
  }
}
