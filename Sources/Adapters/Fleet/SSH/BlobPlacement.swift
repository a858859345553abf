import Domain
import Synchronization

/// Puts stored files on a host, one file at a time, a large one over several sessions of the connection.
///
/// One stream fills a channel's window once in a round trip, which over a distance is far less than the line carries:
/// several channels of the same connection carry several windows. The host records each chunk with its SHA-256 as it
/// arrives, hashes the whole in order meanwhile, and gives the file its name only when the whole hash is right; after
/// a cut, only chunks that it cannot verify are sent again.
actor BlobPlacement {
  private let sessions: HostSessions
  private let channel: AgentChannel
  private let width: TransferWidth
  private let agentHash: String
  private let blobs: any BlobStoring
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(
    sessions: HostSessions, channel: AgentChannel, width: TransferWidth, agentHash: String,
    blobs: any BlobStoring
  ) {
    self.sessions = sessions
    self.channel = channel
    self.width = width
    self.agentHash = agentHash
    self.blobs = blobs
  }

  func place(
    _ blob: BlobKey, contentHash: String, at path: String, root: String,
    progress: @escaping @Sendable (TransferProgress) -> Void
  ) async throws(DomainError) {
    await enter()
    defer { leave() }
    let size = try await blobs.size(of: blob)
    let request = ReceiveRequest(root: root, path: path, sha256: contentHash, size: size)
    var furthest: Int64 = -1
    var vain = 0
    var hadMismatch = false
    var pause = Backoff(first: 0.1, limit: 5)
    while true {
      let width = try await width.sessions()  // waits for the connection
      var there: Int64 = 0
      do throws(UploadFailure) {
        try await send(blob, request, over: width, there: &there, progress: progress)
        return
      } catch {
        switch error {
        case .failed(let failure): throw failure
        case .mismatch(let failure):
          // What an earlier attempt left may have been damaged; it is gone now. Once more from the start.
          if there == 0 || hadMismatch { throw failure }
          hadMismatch = true
          furthest = -1
        case .cut(let failure):
          // As long as attempts get further, it is worth another; one may be made before the cut was noticed.
          vain = there > furthest ? 0 : vain + 1
          furthest = max(furthest, there)
          guard vain <= 5, (try? await Task.sleep(for: pause.next())) != nil else { throw failure }
        }
      }
    }
  }

  private func send(
    _ blob: BlobKey, _ request: ReceiveRequest, over width: Int, there: inout Int64,
    progress: @escaping @Sendable (TransferProgress) -> Void
  ) async throws(UploadFailure) {
    let command = try await command()
    let lead = try await open(command)
    defer { lead.close() }
    guard let answer = try await lead.introduce(request) else { return }
    if answer.done == true {
      progress(TransferProgress(sent: request.size, total: request.size))
      return
    }
    guard let chunk = answer.chunk, chunk > 0, let missing = answer.missing else {
      throw .failed(AgentError.unreadable("the receiver's answer"))
    }
    there = answer.there ?? 0
    let runs = UploadRuns(missing: missing, chunk: chunk, size: request.size)
    let count = SentBytes(there, of: request.size, tell: progress)
    // A window and the pipe before it are filled at once, whatever the line carries.
    let pace = TransferPace(skipping: 3 << 20)
    let source = UploadSource(
      blobs: blobs, blob: blob,
      sent: {
        count.add($0)
        pace.add($0)
      })
    let extras = max(0, min(width, runs.count) - 1)
    do {
      try await withThrowingTaskGroup(of: Void.self) { [sessions] group in
        group.addTask {
          defer { pace.end() }
          try await Self.closing(lead) { try await lead.feed(runs, isExtra: false, from: source) }
        }
        for extra in 0..<extras {
          group.addTask { [isGated = self.width.fixed == nil] in
            if isGated, await !pace.admits(extra + 2) { return }
            guard let session = await sessions.openIfRoom(command, leaving: TransferWidth.spare) else {
              return
            }
            let channel = UploadChannel(session)
            defer { channel.close() }
            try await Self.closing(channel) {
              var part = request
              part.part = true
              _ = try await channel.introduce(part)
              try await channel.feed(runs, isExtra: true, from: source)
              try await channel.finish()
            }
          }
        }
        try await group.waitForAll()
      }
    } catch {
      throw (error as? UploadFailure) ?? .failed(AgentError.cancelled)
    }
    try await lead.finish()
  }

  /// A write that waits for a slow host ends only with its session.
  private static func closing(_ channel: UploadChannel, _ body: () async throws -> Void) async throws {
    try await withTaskCancellationHandler(operation: body, onCancel: { channel.close() })
  }

  private func command() async throws(UploadFailure) -> String {
    do throws(DomainError) {
      return RemoteStart.ownMode(
        "receive", agentHash: agentHash, interpreter: try await channel.interpreter())
    } catch {
      throw error.code == .hostUnreachable ? .cut(error) : .failed(error)
    }
  }

  private func open(_ command: String) async throws(UploadFailure) -> UploadChannel {
    do throws(DomainError) {
      return UploadChannel(try await sessions.open(command))
    } catch {
      throw error.code == .hostUnreachable ? .cut(error) : .failed(error)
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

/// Adds up what the channels of one file have sent.
private final class SentBytes: Sendable {
  private let count: Mutex<Int64>
  private let total: Int64
  private let tell: @Sendable (TransferProgress) -> Void

  init(_ there: Int64, of total: Int64, tell: @escaping @Sendable (TransferProgress) -> Void) {
    count = Mutex(there)
    self.total = total
    self.tell = tell
  }

  func add(_ bytes: Int) {
    let sent = count.withLock { count in
      count += Int64(bytes)
      return count
    }
    tell(TransferProgress(sent: sent, total: total))
  }
}
