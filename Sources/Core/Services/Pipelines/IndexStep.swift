import Domain

/// A step that puts datasets into an index: text as it is, and questions with their answers as sections.
struct IndexStep: Sendable {
  let work: PipelineWork

  func perform() async throws -> [String: PipelineOutput] {
    let (tools, user) = (work.tools, work.user)
    let name = try work.needed("name")
    let datasets = try await work.datasets()
    let index: RetrievalIndex
    if let there = try await tools.indexes.list(of: user).first(where: {
      $0.name == name || $0.id.rawValue == name
    }) {
      index = there
    } else {
      index = try await tools.indexes.create(name, for: user)
    }
    for (place, dataset) in datasets.enumerated() {
      try Task.checkCancellation()
      await work.tell("indexing", percentage: 100 * Double(place) / Double(datasets.count))
      try await add(dataset, to: index)
    }
    return [
      "index": PipelineOutput(.index, index.id.rawValue, name: index.name),
      "documents": PipelineOutput(.number, String(datasets.count)),
    ]
  }

  private func add(_ dataset: DatasetRecord, to index: RetrievalIndex) async throws {
    let (tools, user) = (work.tools, work.user)
    guard dataset.size <= Int64(TextKind.mostText) else {
      throw DomainError(
        .tooLarge,
        "\(dataset.filename) is too large for an index: at most \(TextKind.mostText >> 20) MiB.",
        hint: "Split it first.")
    }
    let isText = dataset.filename.lowercased().hasSuffix(".txt")
    let intake = try await tools.indexes.begin(
      isText ? dataset.filename : dataset.filename + ".md", in: index.id.rawValue, for: user)
    if isText {
      for try await piece in try await tools.datasets.read(dataset, range: 0..<dataset.size) {
        try await intake.write(piece)
      }
    } else {
      let shape = try decodeJSON(DatasetReport.self, from: dataset.report).shape
      let rows = try await tools.datasets.rows(1...max(1, dataset.rows), of: dataset, limit: 256 * 1024).rows
      for row in rows {
        guard let shape, let question = AnsweredQuestion(row: row.text, shape: shape) else { continue }
        try await intake.write(Array(question.section.utf8))
      }
    }
    _ = try await tools.indexes.finish(intake, for: user)
  }
}

extension AnsweredQuestion {
  /// A heading with the question, and the answer below.
  fileprivate var section: String {
    let question = turns.last?.content ?? ""
    let heading = question.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let whole = heading == question ? "" : question + "\n\n"
    return "## \(heading.prefix(200))\n\n\(whole)\(answer)\n\n"
  }
}
