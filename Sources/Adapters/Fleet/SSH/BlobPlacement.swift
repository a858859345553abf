import Domain
import FoundationEssentials
import ProcessRunning

/// Puts stored files on a host, one at a time, each over a session of its own.
///
/// The host's receiver hashes while it writes, and gives the file its name only when the whole hash is right; what a
/// cut left is checked there and continued.
actor BlobPlacement {
  private let master: SSHMaster
  private let channel: AgentChannel
  private let agentHash: String
  private let blobs: any BlobStoring
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(master: SSHMaster, channel: AgentChannel, agentHash: String, blobs: any BlobStoring) {
    self.master = master
    self.channel = channel
    self.agentHash = agentHash
    self.blobs = blobs
  }

  func place(_ blob: BlobKey, contentHash: String, at path: String, root: String) async throws(DomainError) {
    await enter()
    defer { leave() }
    let request = ReceiveRequest(root: root, path: path, sha256: contentHash)
    var furthest: Int64 = 0
    var vain = 0
    var hadMismatch = false
    var pause = Backoff(first: 0.1, limit: 5)
    while true {
      _ = try await channel.facts()  // waits for the connection
      var offset: Int64 = 0
      do throws(PlacementCut) {
        try await send(blob, request, offset: &offset)
        return
      } catch {
        switch error {
        case .failed(let failure): throw failure
        case .mismatch(let failure):
          // What an earlier attempt left may have been damaged; it is gone now. Once more from the start.
          if offset == 0 || hadMismatch { throw failure }
          hadMismatch = true
          furthest = 0
        case .cut(let failure):
          // As long as attempts get further, it is worth another; one may be made before the cut was noticed.
          vain = offset > furthest ? 0 : vain + 1
          furthest = max(furthest, offset)
          guard vain <= 5, (try? await Task.sleep(for: pause.next())) != nil else { throw failure }
        }
      }
    }
  }

  private enum PlacementCut: Error {
    case failed(DomainError)
    case mismatch(DomainError)
    case cut(DomainError)
  }

  private func send(_ blob: BlobKey, _ request: ReceiveRequest, offset: inout Int64)
    async throws(PlacementCut)
  {
    let session: MuxSession
    do throws(DomainError) {
      session = try await SSHTransport.start(
        try await master.present(), RemoteStart.python(RemoteStart.receiverProgram, [agentHash]))
    } catch {
      throw .cut(error)
    }
    defer { session.close() }
    let (line, pieces): ([UInt8], AsyncThrowingStream<[UInt8], any Error>)
    var answers = ReceiveAnswers()
    do throws(DomainError) {
      line = try request.line()
    } catch {
      throw .failed(error)
    }
    try await write(line, to: session)
    let first = try await answer(of: session, &answers)
    if first.done == true { return }
    offset = first.offset ?? 0
    do throws(DomainError) {
      pieces = try await blobs.read(blob, range: offset..<Int64.max)
    } catch {
      throw .failed(error)
    }
    do {
      for try await piece in pieces {
        try Task.checkCancellation()
        try await write(frame(piece), to: session)
      }
    } catch let error as PlacementCut {
      // Why the receiver stopped reading stands in its answer, where there is one.
      _ = try await answer(of: session, &answers)
      throw error
    } catch let error as DomainError {
      throw .failed(error)
    } catch {
      throw .failed(AgentError.cancelled)
    }
    try await write(frame([]), to: session)
    guard try await answer(of: session, &answers).done == true else {
      throw .failed(AgentError.unreadable("the receiver's answer"))
    }
  }

  /// A piece with its length before it; an empty one is the end, which a cut connection cannot imitate.
  private func frame(_ piece: [UInt8]) -> [UInt8] {
    let count = UInt32(piece.count)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + piece
  }

  private func write(_ bytes: [UInt8], to session: MuxSession) async throws(PlacementCut) {
    do throws(ProcessError) {
      try await session.pipes.write(bytes)
    } catch {
      throw .cut(AgentError.unreachable("the connection ended while a file was sent"))
    }
  }

  private func answer(of session: MuxSession, _ answers: inout ReceiveAnswers) async throws(PlacementCut)
    -> ReceiveAnswer
  {
    while true {
      if let answer = answers.next() {
        guard let refusal = answer.error else { return answer }
        let failure = AgentError.refused(refusal)
        throw refusal.code == "hash_mismatch" ? .mismatch(failure) : .failed(failure)
      }
      guard let bytes = await session.pipes.read() else {
        throw .cut(AgentError.unreachable("the connection ended while a file was sent"))
      }
      answers.push(bytes)
    }
  }

  // MARK: One at a time

  private func enter() async {
    if !isBusy {
      isBusy = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  private func leave() {
    if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
  }
}

private struct ReceiveRequest: Encodable {
  let root: String
  let path: String
  let sha256: String

  func line() throws(DomainError) -> [UInt8] {
    guard let line = try? [UInt8](JSONEncoder().encode(self)) else {
      throw AgentError.unreadable("the request cannot be encoded")
    }
    return line + [UInt8(ascii: "\n")]
  }
}

private struct ReceiveAnswer: Decodable {
  let offset: Int64?
  let done: Bool?
  let error: FrameHead.Refusal?
}

/// The receiver's lines, among what a login shell may print before.
private struct ReceiveAnswers {
  private var splitter = FrameSplitter()
  private var lines: [[UInt8]] = []

  mutating func push(_ bytes: [UInt8]) { lines += splitter.push(bytes) ?? [] }

  mutating func next() -> ReceiveAnswer? {
    while !lines.isEmpty {
      let line = lines.removeFirst()
      if line.first == UInt8(ascii: "{"),
        let answer = try? JSONDecoder().decode(ReceiveAnswer.self, from: Data(line))
      {
        return answer
      }
    }
    return nil
  }
}
