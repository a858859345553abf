import Domain

/// Whether a dataset can be trained on in a stage.
enum DatasetFitness {
  static func check(_ dataset: DatasetRecord, stage: TrainingStage) throws(DomainError) {
    let report = try decodeJSON(DatasetReport.self, from: dataset.report)
    guard let format = report.format, report.validRows > 0 else { throw notRecognised(dataset) }
    guard report.isUsable else {
      let first = report.problems.first
      throw .invalid(
        "\(dataset.filename) cannot be trained on: "
          + (first.map { "line \($0.line): \($0.message)" } ?? "it has problems."),
        hint: first?.hint ?? "Look at the dataset's problems, mend the file and upload it again.")
    }
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
