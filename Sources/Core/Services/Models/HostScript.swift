import Domain
import FoundationEssentials

/// Runs a script of ours on a host, which says what it does as lines of JSON.
///
/// Its request goes through a file that is nobody else's to read; its folder is gone when it has ended.
struct HostScript {
  /// What a script fails of, in its own words.
  struct Problem: Decodable {
    let code: String
    let message: String
    let hint: String
  }

  private struct Failing: Decodable { let error: Problem }

  /// Its folders begin with this: those of an earlier process are told by it.
  private static let process = randomUUID()

  let host: any Host
  /// Where its folder is made; what an earlier process left there is removed.
  let place: String
  let name: String
  let script: [UInt8]
  let python: String
  let environment: [String: String]

  /// Reads line after line until `read` gives a result.
  ///
  /// Throws what the script says it fails of, and `host_failed` where it ends without a word. Whoever cancels it ends
  /// the script.
  func run<Result>(_ request: some Encodable, _ read: (Data) async throws -> Result?) async throws -> Result {
    let folder = "\(place)/\(Self.process)-\(randomUUID())"
    do {
      let request = Array(try JSONEncoder().encode(request))
      // Of its own: cancelled halfway, the host might begin it after it was told to stop it.
      try await Task { try await begin(folder, request) }.value
      try Task.checkCancellation()
      let result = try await follow(folder, read)
      // The result is told before the process has ended, which would write into a folder already removed.
      await clean(folder)
      return result
    } catch {
      await clean(folder)
      throw error
    }
  }

  private func begin(_ folder: String, _ request: [UInt8]) async throws {
    // There may be a key in it. What still runs is not removed.
    for left in try await host.list(place) where !left.hasPrefix(Self.process) {
      try? await host.remove("\(place)/\(left)")
    }
    try await host.write(script, to: "\(folder)/\(name)")
    try await host.write(request, to: "\(folder)/request.json")
    _ = try await host.launch(
      JobSpec(
        directory: folder, arguments: [python, "\(folder)/\(name)"],
        environment: environment.merging(["PYTHONUNBUFFERED": "1"]) { own, _ in own },
        input: "request.json", output: "answers.jsonl"))
  }

  private func follow<Result>(_ folder: String, _ read: (Data) async throws -> Result?) async throws -> Result
  {
    let answers = "\(folder)/answers.jsonl"
    var offset: Int64 = 0
    var rest: [UInt8] = []
    for try await change in try await host.watch(folder, files: [answers]) {
      while let slice = try? await host.read(answers, from: offset, limit: 1 << 20), !slice.bytes.isEmpty {
        offset = slice.offset + Int64(slice.bytes.count)
        rest += slice.bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          let line = Data(rest[..<end])
          rest.removeSubrange(...end)
          if let problem = try? JSONDecoder().decode(Failing.self, from: line).error {
            throw DomainError(
              DomainError.Code(problem.code), problem.message, hint: problem.hint, origin: .host)
          }
          if let result = try await read(line) { return result }
        }
        if rest.count > 4 << 20 { break }
      }
      if Self.isOver(change.status.state) { break }
    }
    try Task.checkCancellation()
    throw DomainError(
      .hostFailed, "The host's part ended without a result.",
      hint: "Perhaps the host has too little memory: see luthier host doctor.", origin: .host)
  }

  /// Nothing of it goes on, also where the caller has left and with it this task was cancelled.
  private func clean(_ folder: String) async {
    // Of its own: a cancelled task's requests would fail at once.
    await Task {
      _ = try? await host.stop(folder)
      // A folder in which something runs is not removed.
      if let changes = try? await host.watch(folder, files: []) { await Self.awaitEnd(changes) }
      try? await host.remove(folder)
    }.value
  }

  private static func awaitEnd(_ changes: AsyncThrowingStream<JobChange, any Error>) async {
    do {
      // Prepared alone: what was to begin it failed, and nothing will.
      for try await change in changes {
        if isOver(change.status.state) || change.status.state == .prepared { return }
      }
    } catch {
      // The host is away: what is left there goes with the next one.
    }
  }

  private static func isOver(_ state: JobStatus.State) -> Bool {
    state == .ended || state == .lost || state == .absent
  }
}
