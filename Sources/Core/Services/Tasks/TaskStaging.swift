import Domain

/// Puts a task's data and configuration on its host and starts the trainer.
struct TaskStaging: Sendable {
  let supervisor: TaskSupervisor
  let host: any Host

  /// Safe to repeat: files are replaced whole, and one folder is launched once.
  func stageAndLaunch(_ task: TaskRecord) async throws(DomainError) -> JobStatus {
    let trainer = try await host.trainer(thorough: false)
    guard let command = trainer.command else {
      throw DomainError(
        .trainerMissing, trainer.problem ?? "LLaMA-Factory is not installed on the host.",
        hint: "Run `luthier doctor` to see how to install it.", origin: .host)
    }
    let used = try await datasetRecords(of: task)
    var paths: [String] = []
    for dataset in used {
      let path = try host.description.datasetPath(dataset.filename, of: dataset.userID)
      try await place(dataset, at: path, for: task)
      paths.append(path)
    }
    let arguments = try decodeJSON(TrainingArguments.self, from: task.arguments)
    let cluster = host.description.cluster.map { cluster in
      ClusterSubmission(
        name: "luthier-\(task.id.rawValue)-\(task.attempt)",
        request: task.clusterRequest.over(cluster.tasks).asking(gpus: task.gpus))
    }
    let gpus: (given: [HostMeasurement.GPU], hostHasSome: Bool) =
      cluster == nil ? try await gpus(of: task) : ([], false)
    // What a cluster's GPUs are is seen on the node; those that train models are not older than Ampere.
    let device = cluster.map { $0.request.gpus > 0 ? .gpu(bf16: true) : .cpu } ?? device(gpus.given)
    let configuration = try RunFiles.configuration(
      for: task, arguments: arguments, datasets: used, device: device,
      resumeFrom: try await checkpoint(for: task))
    try await host.write(
      Array(try RunFiles.datasetInfo(used, at: paths).utf8), to: RunFiles.datasetInfoPath(task))
    let path = RunFiles.configurationPath(task)
    try await host.write(Array(configuration.yaml.utf8), to: path)
    var environment = RunFiles.environment(for: task)
    if gpus.hostHasSome {
      environment.merge(GPUEnvironment.of(gpus.given.map(\.index))) { _, new in new }
    }
    if let request = cluster?.request, request.gpus > 1 || (request.nodes ?? 1) > 1 {
      // Where the ranks meet is known on the first node alone.
      environment["FORCE_TORCHRUN"] = "1"
      environment["NPROC_PER_NODE"] = String(max(1, request.gpus))
    }
    if gpus.given.count > 1 {
      environment["FORCE_TORCHRUN"] = "1"
      environment["NPROC_PER_NODE"] = String(gpus.given.count)
      environment["MASTER_ADDR"] = "127.0.0.1"
      environment["MASTER_PORT"] = String(try await host.freePort())
    }
    return try await host.launch(
      JobSpec(
        directory: task.attemptDirectory, arguments: [command, "train", path],
        environment: environment, workingDirectory: task.attemptDirectory,
        stop: (cluster?.request.nodes ?? 1) > 1 ? StopStep.ordinary : StopStep.trainer, cluster: cluster))
  }

  private func datasetRecords(of task: TaskRecord) async throws(DomainError) -> [DatasetRecord] {
    var used: [DatasetRecord] = []
    for id in task.datasetIDs {
      guard let dataset = try await supervisor.datasets.dataset(id, owner: task.userID) else {
        throw .notFound("A dataset of the task")
      }
      used.append(dataset)
    }
    return used
  }

  /// The GPUs the task was given, as the host counts them now.
  ///
  /// Throws `launch_failed` where one of them is not there any more.
  private func gpus(of task: TaskRecord) async throws(DomainError) -> (
    given: [HostMeasurement.GPU], hostHasSome: Bool
  ) {
    let measurement = try await host.measure()
    if measurement.gpusUnreadable, !task.assignedGPUs.isEmpty {
      throw DomainError(
        .timedOut, "The host's GPUs cannot be read: \(measurement.gpuNote ?? "nvidia-smi does not answer").",
        hint: "Run nvidia-smi on the host.", origin: .host)
    }
    var given: [HostMeasurement.GPU] = []
    for share in task.assignedGPUs {
      guard let gpu = measurement.gpus.first(where: { $0.uuid == share.uuid }) else {
        throw DomainError(
          .hostFailed, "GPU \(share.index) (\(share.uuid)) is not there any more.",
          hint: "Look at nvidia-smi on the host, then retry the task.", origin: .host)
      }
      given.append(gpu)
    }
    return (given, !measurement.gpus.isEmpty)
  }

  private func device(_ gpus: [HostMeasurement.GPU]) -> RunLayout.Device {
    gpus.isEmpty ? .cpu : .gpu(bf16: gpus.allSatisfy { !Self.lacksBF16($0.name) })
  }

  /// NVIDIA's generations before Ampere, by the names nvidia-smi gives them.
  static func lacksBF16(_ name: String) -> Bool {
    let old = ["V100", "P100", "P40", "P4", "T4", "M40", "M60", "K80", "GTX", "RTX 20", "TITAN", "Quadro"]
    return old.contains { name.contains($0) } && !name.contains("RTX A")
  }

  /// The newest checkpoint for a task that resumes; a fresh attempt removes what an earlier one left,
  /// or a later resume could pick a checkpoint of other settings.
  private func checkpoint(for task: TaskRecord) async throws(DomainError) -> String? {
    guard task.attempt > 1 else { return nil }
    let names = try await host.list(task.outputDirectory).filter { $0.hasPrefix("checkpoint-") }
    if !task.resumes {
      for name in names { try await host.remove("\(task.outputDirectory)/\(name)") }
      try await host.remove(task.metricsPath)
      return nil
    }
    let newest = names.compactMap { name in Int(name.dropFirst("checkpoint-".count)).map { ($0, name) } }
      .max { $0.0 < $1.0 }
    return newest.map { "\(task.outputDirectory)/\($0.1)" }
  }
}

/// What shows a process its GPUs and no others.
///
/// By index, in nvidia-smi's order: not every engine understands identifiers there.
enum GPUEnvironment {
  /// No index: the processor.
  static func of(_ indices: [Int]) -> [String: String] {
    [
      "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
      "CUDA_VISIBLE_DEVICES": indices.map(String.init).joined(separator: ","),
    ]
  }
}
