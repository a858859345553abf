package import Domain
import FoundationEssentials

/// What a submission would do and take; nothing is stored.
package struct TaskEstimates: Sendable {
  package struct Result: Sendable {
    package let estimate: TrainingEstimate
    package let data: TrainingEstimate.Data
    package let device: TrainingEstimate.Device
    package let hostName: String
    /// Nil where no training like it was seen.
    package let time: TrainingTime?
  }

  let tasks: TaskService
  var planner: TaskPlanner { tasks.planner }
  private let fleet: any HostFleet

  package init(tasks: TaskService, fleet: any HostFleet) {
    self.tasks = tasks
    self.fleet = fleet
  }

  /// Throws what a submission would throw.
  ///
  /// - Parameter shares: of datasets that the training will not have whole, how much of their rows it will; their rows
  ///   are taken to be as long as those that are left out.
  package func estimate(
    _ draft: TaskDraft, for user: UserID, shares: [DatasetID: Double] = [:]
  ) async throws(DomainError) -> Result {
    let plan = try await planner.plan(draft, for: user)
    let host = try await fleet.host(plan.task.hostID)
    let data = try Self.data(of: plan.datasets, cutAt: plan.arguments.cutoffLength, shares)
    let device = try await device(of: host, for: plan.task)
    let model = await Self.dimensions(of: plan.task.modelName, on: host)
    let estimate = TrainingEstimate(arguments: plan.arguments, data: data, model: model, device: device)
    return Result(
      estimate: estimate, data: data, device: device, hostName: host.description.name,
      time: try await time(of: plan, estimate, on: device, for: user))
  }

  static func data(
    of datasets: [DatasetRecord], cutAt cutoff: Int, _ shares: [DatasetID: Double] = [:]
  ) throws(DomainError) -> TrainingEstimate.Data {
    var data = TrainingEstimate.Data(rows: 0, tokens: 0, cutRows: 0, longest: 1)
    for dataset in datasets {
      let report = try decodeJSON(DatasetReport.self, from: dataset.report)
      let share = shares[dataset.id] ?? 1
      let rows = Int((Double(report.validRows) * share).rounded())
      data.rows += rows
      guard let lengths = report.tokens, lengths.bins != nil else {
        // Uploaded before this was counted.
        (data.tokens, data.cutRows, data.longest) = (nil, nil, cutoff)
        continue
      }
      let written = templateTokens * Int64(rows)
      data.tokens = data.tokens.map { $0 + Int64(Double(lengths.total(cutAt: cutoff)) * share) + written }
      data.cutRows = data.cutRows.map { $0 + Int((Double(lengths.rows(above: cutoff)) * share).rounded()) }
      // An estimate may be short by a third.
      data.longest = max(data.longest, min(cutoff, lengths.maximum * 4 / 3 + Int(templateTokens)))
    }
    return data
  }

  /// What a template adds to a row, about.
  private static let templateTokens: Int64 = 24

  private func device(of host: any Host, for task: TaskRecord) async throws(DomainError)
    -> TrainingEstimate.Device
  {
    guard case .seen(let measurement) = await planner.gauge.view(of: host.description.id) else {
      return .init(usesGPU: task.gpus != 0, memory: nil, name: nil, diskFree: nil, count: task.gpus ?? 1)
    }
    let chosen = measurement.gpus.filter { task.gpuIDs.isEmpty || task.gpuIDs.contains($0.index) }
    let count = task.gpuIDs.isEmpty ? task.gpus ?? 1 : task.gpuIDs.count
    guard count > 0, let smallest = chosen.min(by: { $0.memoryTotal < $1.memoryTotal }) else {
      return .init(
        usesGPU: false, memory: measurement.memoryTotal, name: nil, diskFree: measurement.diskFree, count: 1)
    }
    return .init(
      usesGPU: true, memory: smallest.memoryTotal, name: smallest.name, diskFree: measurement.diskFree,
      count: count)
  }

  /// By the model's own `config.json`; nil for a name of a hub, and where the file does not tell.
  private static func dimensions(of path: String, on host: any Host) async -> ModelDimensions? {
    guard path.hasPrefix("/"),
      let file = try? await host.read("\(path)/config.json", from: 0, limit: 1 << 20)
    else { return nil }
    return try? JSONDecoder().decode(ModelDimensions.self, from: Data(file.bytes))
  }
}
