import Domain

/// A step that asks a model the questions of a dataset, and compares its answers with the dataset's.
struct EvaluateStep: Sendable {
  static let usualRows = 20

  let work: PipelineWork

  /// Whether a dataset has questions with answers.
  static func takes(_ dataset: DatasetRecord) -> Bool { (try? shape(of: dataset)) != nil }

  private static func shape(of dataset: DatasetRecord) throws(DomainError) -> DatasetShape {
    guard let shape = try decodeJSON(DatasetReport.self, from: dataset.report).shape,
      shape.columns.response != nil || shape.columns.messages != nil
    else {
      throw .conflict(
        "\(dataset.filename) has no questions with answers.",
        hint: "Take a dataset of questions and answers, or of conversations.")
    }
    return shape
  }

  func perform() async throws -> [String: PipelineOutput] {
    let (tools, user) = (work.tools, work.user)
    try tools.mustServe()
    guard let dataset = try await work.datasets().first else { throw DomainError.notFound("The dataset") }
    let shape = try Self.shape(of: dataset)
    let wanted = work.step.integer("rows") ?? Self.usualRows
    let rows = try await tools.datasets.rows(1...wanted, of: dataset, limit: 64 * 1024).rows
    let questions = rows.compactMap { AnsweredQuestion(row: $0.text, shape: shape) }
    guard !questions.isEmpty else {
      throw DomainError.conflict(
        "None of the first \(wanted) rows of \(dataset.filename) is a question with an answer.",
        hint: "Take another dataset, or more rows.")
    }
    let model = try await work.model()
    await work.tell("loading")
    let scores = try await tools.runtime.use(model, for: user) { address in
      var scores: [AnswerScore] = []
      for question in questions {
        try Task.checkCancellation()
        await work.tell("evaluating", percentage: 100 * Double(scores.count) / Double(questions.count))
        // Without chance, so that the same model gets the same score.
        let asked = GenerationRequest(
          turns: question.turns, temperature: 0, maxTokens: work.step.integer("max_tokens") ?? 256, seed: 42)
        let said = try await tools.calling.reply(to: asked, at: address).content
        scores.append(AnswerScore(of: said, against: question.answer))
      }
      return scores
    }
    let mean = scores.reduce(0) { $0 + $1.overlap } / Double(scores.count)
    let exact = Double(scores.count { $0.isExact }) / Double(scores.count)
    if let least = work.step.number("at_least"), mean < least {
      throw DomainError(
        .scoreTooLow,
        "The score is \(Self.printed(mean)), and at least \(Self.printed(least)) was asked for.",
        hint: "Train longer or on more data, or ask for less.")
    }
    return [
      "score": PipelineOutput(.number, Self.printed(mean)),
      "exact": PipelineOutput(.number, Self.printed(exact)),
      "rows": PipelineOutput(.number, String(scores.count)),
    ]
  }

  /// With three digits behind the point.
  private static func printed(_ share: Double) -> String {
    String((share * 1000).rounded() / 1000)
  }
}
