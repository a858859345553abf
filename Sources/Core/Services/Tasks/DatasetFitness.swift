import Domain

/// Whether a dataset can be trained on in a stage.
enum DatasetFitness {
  static func check(_ dataset: DatasetRecord, stage: TrainingStage) throws(DomainError) {
    let report = try decodeJSON(DatasetReport.self, from: dataset.report)
    if !report.isUsable, let first = report.problems.first {
      throw .invalid(
        "\(dataset.filename) cannot be trained on: line \(first.line): \(first.message)",
        hint: first.hint.isEmpty ? "Mend the file and upload it again." : first.hint)
    }
    guard report.isUsable, let format = report.format else { throw notRecognised(dataset) }
    guard format.stages.contains(stage) else {
      throw .invalid(
        "\(dataset.filename) (\(format.rawValue)) does not fit the stage \"\(stage.rawValue)\".",
        hint: "Use a dataset made for this stage, or choose another stage.")
    }
  }

  static func notRecognised(_ dataset: DatasetRecord) -> DomainError {
    .invalid(
      "\(dataset.filename) holds no rows that can be trained on.",
      hint: "Look at the dataset's problems: they name the line and the cure.")
  }
}
