package import Domain
import FoundationEssentials

/// Shows rows as LLaMA-Factory gives them to a model, by its own code on the host where they would be trained on.
///
/// One preview at a time on a host, on the processor alone; a few more may wait for it.
package actor RowRendering {
  /// Tokens in a row that are alike.
  package struct Segment: Decodable, Sendable {
    package let text: String
    /// The model learns to write it; else it only reads it.
    package let trained: Bool
    /// Beyond cutoff_len: it is not there in a training.
    package let cut: Bool
    package let tokens: Int
  }

  /// A text that is made of a row; a pair of answers makes two.
  package struct Part: Decodable, Sendable {
    /// `text`, or `chosen` and `rejected`.
    package let name: String
    package let tokens: Int
    /// Of those that are not cut.
    package let trained: Int
    package let cut: Int
    package let segments: [Segment]
  }

  package struct Row: Decodable, Sendable {
    package let row: Int
    /// None where the trainer drops the row.
    package let parts: [Part]
    /// Why the trainer could not take it, in its words.
    package let problem: String?
  }

  package struct Result: Sendable {
    package let rows: [Row]
    /// Numbers of rows too long to be shown.
    package let passed: [Int]
    package let template: String
    package let templateReason: String
    package let cutoff: Int
    /// Rows are joined before they are cut.
    package let packed: Bool
    package let hostID: HostID
  }

  /// What a row is shown for.
  package struct Setting: Sendable {
    package var model: String
    package var hostID: HostID?
    package var template: String?
    package var arguments: [String: ArgumentValue]

    package init(
      model: String, hostID: HostID?, template: String?, arguments: [String: ArgumentValue]
    ) {
      self.model = model
      self.hostID = hostID
      self.template = template
      self.arguments = arguments
    }
  }

  private struct Request: Encodable {
    struct Row: Encodable {
      let row: Int
      let text: String
    }

    let path: String
    let template: String
    let stage: String
    let arguments: TrainingArguments
    let plain: Bool
    let rows: [Row]
  }

  private struct Answer: Decodable {
    struct Rows: Decodable {
      let rows: [Row]
      let packed: Bool
    }

    struct Problem: Decodable {
      let code: String
      let message: String
      let hint: String
    }

    let result: Rows?
    let error: Problem?
  }

  /// Rows in one preview.
  package static let mostRows = 10
  /// Bytes of a row: ten of them fit into the file that goes to the host.
  private static let rowLimit = 64 * 1024
  private static let mostWaiting = 8

  private let datasets: DatasetService
  private let planner: TaskPlanner
  private let script: [UInt8]
  private let limit: Double
  private var busy: Set<HostID> = []
  private var waiting: [HostID: [CheckedContinuation<Void, Never>]] = [:]

  /// - Parameter limit: seconds that a preview may take.
  package init(datasets: DatasetService, tasks: TaskService, script: [UInt8], limit: Double = 120) {
    self.datasets = datasets
    planner = tasks.planner
    self.script = script
    self.limit = limit
  }

  /// Throws `trainer_missing`, `timed_out`, `host_failed` with the trainer's words, `conflict` where too many wait, and
  /// `invalid_input` for a dataset that the stage cannot be trained on with.
  package func render(
    _ numbers: ClosedRange<Int>, of dataset: DatasetRecord, for setting: Setting
  ) async throws -> Result {
    let arguments = try TrainingArguments(setting.arguments)
    guard arguments.stage != .ppo else {
      throw DomainError.invalid("Rows cannot be shown for PPO: it makes its answers while it trains.")
    }
    try DatasetFitness.check(dataset, stage: arguments.stage)
    let report = try decodeJSON(DatasetReport.self, from: dataset.report)
    guard let shape = report.shape else { throw DatasetFitness.notRecognised(dataset) }
    let ground = try await planner.ground(
      model: setting.model, host: setting.hostID, template: setting.template ?? arguments.template,
      for: dataset.userID)
    let host = ground.host
    guard let python = try await host.trainer(thorough: false).python else {
      throw DomainError(
        .trainerMissing, "The Python of LLaMA-Factory was not found on the host.",
        hint: "Rows are shown by the trainer's own code: install it, or choose another host.", origin: .host)
    }
    let (rows, passed) = try await datasets.rows(numbers, of: dataset, limit: Self.rowLimit)
    guard !rows.isEmpty || !passed.isEmpty else {
      throw DomainError.invalid(
        "The dataset has no row \(numbers.lowerBound).",
        hint: dataset.rows == 1 ? "It has 1 row." : "It has \(dataset.rows) rows.")
    }
    let registration = DatasetRegistration(name: "preview", fileName: dataset.filename, shape: shape)
    let request = Request(
      path: ground.path, template: ground.template, stage: arguments.stage.rawValue, arguments: arguments,
      plain: report.container == .text, rows: rows.map { .init(row: $0.number, text: $0.text) })
    let found = try await alone(on: host.description.id) {
      try await self.run(request, registration, on: host, python: python, for: dataset.userID)
    }
    return Result(
      rows: found.rows, passed: passed, template: ground.template, templateReason: ground.templateReason,
      cutoff: arguments.cutoffLength, packed: found.packed, hostID: host.description.id)
  }

  /// Waits for its turn.
  private func alone<Value: Sendable>(
    on host: HostID, _ body: () async throws -> Value
  ) async throws -> Value {
    if busy.contains(host) {
      guard waiting[host, default: []].count < Self.mostWaiting else {
        throw DomainError.conflict("Too many previews are being made on this host.", hint: "Try again soon.")
      }
      // Each that goes on ends within the time limit, so nobody waits without end.
      await withCheckedContinuation { waiting[host, default: []].append($0) }
    } else {
      busy.insert(host)
    }
    defer { pass(host) }
    try Task.checkCancellation()
    return try await body()
  }

  /// To who waits longest.
  private func pass(_ host: HostID) {
    if var rest = waiting[host], !rest.isEmpty {
      let next = rest.removeFirst()
      waiting[host] = rest
      next.resume()
    } else {
      busy.remove(host)
    }
  }

  private func run(
    _ request: Request, _ registration: DatasetRegistration, on host: any Host, python: String,
    for user: UserID
  ) async throws -> Answer.Rows {
    let place = "\(try host.description.userDataFolder())/\(user.rawValue)/preview"
    let folder = "\(place)/\(randomUUID())"
    let answer = "\(folder)/answer.json"
    do {
      // What a host that went away kept of an earlier one.
      try await host.remove(place)
      try await host.write(script, to: "\(folder)/preview_rows.py")
      try await host.write(try body(request, registration), to: "\(folder)/request.json")
      let outcome = try await host.run(
        [python, "\(folder)/preview_rows.py", "\(folder)/request.json", answer], limit: limit)
      let found = try await read(answer, from: host, outcome)
      await clean(folder, on: host)
      return found
    } catch {
      await clean(folder, on: host)
      throw error
    }
  }

  /// The registration is JSON already.
  private func body(_ request: Request, _ registration: DatasetRegistration) throws -> [UInt8] {
    let encoded = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
    return Array(("{\"entry\":" + registration.entry + "," + encoded.dropFirst()).utf8)
  }

  private func read(_ answer: String, from host: any Host, _ outcome: CommandOutcome) async throws
    -> Answer.Rows
  {
    guard outcome.exitCode != nil else {
      throw DomainError(
        .timedOut, "The trainer took more than \(Int(limit)) seconds to show the rows.",
        hint: "The host may be busy, or the model's tokenizer has to be fetched first: try again.",
        origin: .host)
    }
    guard let bytes = try await contents(of: answer, on: host) else {
      throw DomainError(
        .hostFailed, "The trainer ended without showing the rows (exit \(outcome.exitCode ?? -1)).",
        hint: "See luthier host doctor: perhaps the host has too little memory.", origin: .host,
        detail: String(outcome.error.suffix(500)))
    }
    let said = try JSONDecoder().decode(Answer.self, from: Data(bytes))
    if let rows = said.result { return rows }
    let problem = said.error
    throw DomainError(
      problem?.code == "trainer_missing" ? .trainerMissing : .hostFailed,
      problem?.message ?? "The trainer said nothing.", hint: problem?.hint, origin: .host)
  }

  /// Nil where it was not written.
  private func contents(of answer: String, on host: any Host) async throws -> [UInt8]? {
    guard try await host.facts(of: [answer]) != [nil] else { return nil }
    var bytes: [UInt8] = []
    while bytes.count < 16 << 20 {
      let slice = try await host.read(answer, from: Int64(bytes.count), limit: 1 << 20)
      bytes += slice.bytes
      if slice.bytes.isEmpty || Int64(bytes.count) >= slice.size { break }
    }
    return bytes
  }

  /// Also where the caller has left.
  private func clean(_ folder: String, on host: any Host) async {
    // Of its own: a cancelled task's requests would fail at once.
    await Task { try? await host.remove(folder) }.value
  }
}
