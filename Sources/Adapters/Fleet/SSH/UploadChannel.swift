import Domain
import FoundationEssentials
import ProcessRunning
import Synchronization

/// Why an upload did not come to its end.
enum UploadFailure: Error {
  /// For good.
  case failed(DomainError)
  /// What is on the host is not what it should be, and was thrown away there.
  case mismatch(DomainError)
  /// The connection went; what arrived stays for the next attempt.
  case cut(DomainError)
}

/// One receiver on the host: it takes pieces of a file wherever they belong.
actor UploadChannel {
  private nonisolated let session: LeasedSession
  private var answers = ReceiveAnswers()

  init(_ session: LeasedSession) { self.session = session }

  nonisolated func close() { session.close() }

  /// Says what comes; where the host should answer before it does, its answer.
  func introduce(_ request: ReceiveRequest) async throws(UploadFailure) -> ReceiveAnswer? {
    guard let line = try? [UInt8](JSONEncoder().encode(request)) else {
      throw .failed(AgentError.unreadable("the request cannot be encoded"))
    }
    try await write(line + [UInt8(ascii: "\n")])
    return request.part ? nil : try await answer()
  }

  /// Sends runs until there is none left; an extra channel also ends when others need its room.
  func feed(_ runs: UploadRuns, isExtra: Bool, from source: UploadSource) async throws(UploadFailure) {
    do {
      while !(isExtra && session.isUnwanted), let run = runs.take() {
        var offset = run.lowerBound
        for try await piece in try await source.blobs.read(source.blob, range: run) {
          try Task.checkCancellation()
          try await write(frame(piece, at: offset))
          offset += Int64(piece.count)
          source.sent(piece.count)
        }
        guard offset == run.upperBound else {
          throw UploadFailure.failed(
            DomainError(.internalFault, "The stored file is shorter than it was.", hint: "Upload it again."))
        }
      }
    } catch let failure as UploadFailure {
      if case .cut = failure {
        // Why the receiver stopped reading stands in its answer, where there is one.
        _ = try await answer()
      }
      throw failure
    } catch {
      throw .failed((error as? DomainError) ?? AgentError.cancelled)
    }
  }

  /// Ends the pieces; returns when the host has verified and kept them.
  func finish() async throws(UploadFailure) {
    try await write([0, 0, 0, 0])
    guard try await answer().done == true else {
      throw .failed(AgentError.unreadable("the receiver's answer"))
    }
  }

  /// A piece with its length and place before it; an empty one is the end, which a cut connection cannot imitate.
  private func frame(_ piece: [UInt8], at offset: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(piece.count + 12)
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: piece.count >> shift)) }
    for shift in [56, 48, 40, 32, 24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: offset >> shift)) }
    return bytes + piece
  }

  private func write(_ bytes: [UInt8]) async throws(UploadFailure) {
    do throws(ProcessError) {
      try await session.pipes.write(bytes)
    } catch {
      throw .cut(Self.ended)
    }
  }

  private func answer() async throws(UploadFailure) -> ReceiveAnswer {
    while true {
      if let answer = answers.next() {
        guard let refusal = answer.error else { return answer }
        let failure = AgentError.refused(refusal)
        switch refusal.code {
        case "hash_mismatch": throw .mismatch(failure)
        case "incomplete": throw .cut(failure)
        default: throw .failed(failure)
        }
      }
      guard let bytes = await session.pipes.read() else { throw .cut(Self.ended) }
      answers.push(bytes)
    }
  }

  private static var ended: DomainError {
    AgentError.unreachable("the connection ended while a file was sent")
  }
}

/// What is sent, and who hears how far it is.
struct UploadSource: Sendable {
  let blobs: any BlobStoring
  let blob: BlobKey
  let sent: @Sendable (Int) -> Void
}

/// The parts of a file that the host does not have, dealt out in order in runs of a few chunks.
final class UploadRuns: Sendable {
  /// Bytes of a run: long enough that finding the next costs nothing, short enough that the channels stay close
  /// together and the host can hash what it still has in memory.
  static let length: Int64 = 8 << 20

  let count: Int
  private let rest: Mutex<ArraySlice<Range<Int64>>>

  /// - Parameter missing: runs of chunks as pairs: the first, and how many.
  init(missing: [[Int64]], chunk: Int64, size: Int64) {
    var runs: [Range<Int64>] = []
    let step = max(chunk, Self.length / chunk * chunk)
    for run in missing where run.count == 2 {
      let end = min(size, (run[0] + run[1]) * chunk)
      for start in stride(from: run[0] * chunk, to: end, by: Int64.Stride(step)) {
        runs.append(start..<min(end, start + step))
      }
    }
    count = runs.count
    rest = Mutex(runs[...])
  }

  func take() -> Range<Int64>? { rest.withLock { $0.popFirst() } }
}

/// What a receiver is told first.
struct ReceiveRequest: Encodable {
  let root: String
  let path: String
  let sha256: String
  let size: Int64
  /// Whether another receiver leads: this one only takes chunks.
  var part = false
}

struct ReceiveAnswer: Decodable {
  let done: Bool?
  /// Bytes of a chunk.
  let chunk: Int64?
  /// Bytes that are there and verified.
  let there: Int64?
  let missing: [[Int64]]?
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
