import Domain

/// The files a run needs beside its data, and where they stand in the attempt's folder.
enum RunFiles {
  /// The folder given to the trainer as `dataset_dir`.
  static func datasetFolder(_ task: TaskRecord) -> String { "\(task.attemptDirectory)/data" }
  static func datasetInfoPath(_ task: TaskRecord) -> String { "\(datasetFolder(task))/dataset_info.json" }
  static func configurationPath(_ task: TaskRecord) -> String { "\(task.attemptDirectory)/train.yaml" }
  static func logPath(_ task: TaskRecord, attempt: Int) -> String {
    "\(task.attemptDirectory(attempt))/train.log"
  }

  static func datasetName(_ index: Int) -> String { "dataset_\(index + 1)" }

  static func configuration(
    for task: TaskRecord, arguments: TrainingArguments, datasets: [DatasetRecord], device: RunLayout.Device,
    resumeFrom checkpoint: String?
  ) throws(DomainError) -> RunConfiguration {
    let layout = RunLayout(
      modelPath: task.modelName, template: task.template,
      datasetNames: datasets.indices.map(datasetName), datasetFolder: datasetFolder(task),
      outputFolder: task.outputDirectory, checkpoint: checkpoint, device: device)
    return try RunConfiguration(arguments: arguments, layout: layout)
  }

  /// `dataset_info.json` for these datasets; LLaMA-Factory takes an absolute `file_name`.
  ///
  /// - Parameter paths: where each lies on the host, in the same order.
  static func datasetInfo(_ datasets: [DatasetRecord], at paths: [String]) throws(DomainError) -> String {
    var entries: [DatasetRegistration] = []
    for (index, (dataset, path)) in zip(datasets, paths).enumerated() {
      let report = try decodeJSON(DatasetReport.self, from: dataset.report)
      guard let shape = report.shape else { throw DatasetFitness.notRecognised(dataset) }
      entries.append(
        DatasetRegistration(name: datasetName(index), fileName: path, shape: shape))
    }
    return DatasetRegistration.json(entries)
  }

  /// What the trainer's process gets beside the host's own environment.
  static func environment(for task: TaskRecord) -> [String: String] {
    var environment = [
      // LLaMA Board's own switch: SIGABRT then saves the adapter and ends with 0.
      "LLAMABOARD_ENABLED": "1",
      "LLAMABOARD_WORKDIR": task.outputDirectory,
      "PYTHONUNBUFFERED": "1",
      "RECORD_VRAM": "1",
    ]
    // A folder needs no hub: without this a typing error costs a minute of retries.
    if task.modelName.hasPrefix("/") { environment["HF_HUB_OFFLINE"] = "1" }
    return environment
  }
}
