import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Datasets {
  /// Sends `progress` and `end` with what came out; who leaves ends it, and nothing is kept then.
  static func prepare(_ call: Call) async throws -> Response {
    let body = try await call.body(PrepareDatasetRequest.self)
    // Before what it says is looked at: what is another's is not found, whatever is asked of it.
    let dataset = try await dataset(call)
    let plan = body.plan
    let preparation = call.services.preparation
    // What can be refused is refused before the stream begins.
    try plan.check()
    try preparation.check(plan, for: dataset)
    if body.dryRun != true, try await call.services.users.quotas.room(of: dataset.userID) == 0 {
      throw UserQuota.storageExceeded(room: 0)
    }
    return .eventStream { writer in
      do {
        let result = try await preparation.prepare(dataset, by: plan, isDry: body.dryRun == true) {
          let told = PrepareEvent(pass: $0.pass, passes: $0.passes, done: $0.done, total: $0.total)
          try await writer.send(try event("progress", told, id: $0.done))
        }
        try await writer.send(try event("end", result.wire, id: 0))
      } catch let error as DomainError {
        let told = PrepareEvent(code: error.code.rawValue, problem: error.message, hint: error.hint)
        try await writer.send(try event("end", told, id: 0))
      }
    }
  }

  /// Goes over the whole file: some seconds for each hundred megabytes.
  static func stats(_ call: Call) async throws -> Response {
    let statistics = try await call.services.preparation.statistics(of: try await dataset(call))
    return try .json(statistics.wire)
  }
}

extension PrepareDatasetRequest {
  fileprivate var plan: PreparationPlan {
    var plan = PreparationPlan(name: name)
    plan.convert = convert.map {
      .init(
        format: $0.format.flatMap { .init(rawValue: $0.rawValue) },
        container: $0.container.flatMap { .init(rawValue: $0.rawValue) }, allowLoss: $0.allowLoss)
    }
    plan.split = split.map {
      .init(eval: $0.eval, test: $0.test, seed: $0.seed, stratify: $0.stratify, group: $0.group)
    }
    plan.dedupe = dedupe.map { .init(by: $0.by, similar: $0.similar) }
    plan.filter = filter.map {
      var filter = PreparationPlan.Filter()
      filter.field = $0.field
      filter.minCharacters = $0.minCharacters
      filter.maxCharacters = $0.maxCharacters
      filter.minTokens = $0.minTokens
      filter.maxTokens = $0.maxTokens
      filter.matching = $0.matching
      filter.notMatching = $0.notMatching
      filter.scripts = $0.scripts
      filter.emptyAnswers = $0.emptyAnswers
      filter.invalid = $0.invalid
      return filter
    }
    plan.sample = sample.map { .init(rows: $0.rows, share: $0.share, seed: $0.seed) }
    return plan
  }
}

extension DatasetPreparation.Result {
  fileprivate var wire: PrepareEvent {
    PrepareEvent(
      rowsRead: report.rowsRead,
      parts: report.parts.enumerated().map { place, part in
        let dataset = place < datasets.count ? datasets[place] : nil
        return PreparedPartReply(
          part: part.name, filename: dataset?.filename ?? part.filename, rows: part.rows,
          dataset: dataset?.wire)
      },
      reasons: report.reasons.map { reason in
        PreparedReasonReply(
          code: reason.code, kind: PreparedReasonKind(rawValue: reason.kind.rawValue) ?? .dropped,
          message: reason.message, rows: reason.rows,
          examples: reason.examples.map { .init(row: $0.row, line: $0.line, text: $0.text) })
      })
  }
}

extension DatasetStatistics {
  fileprivate var wire: DatasetStatsReply {
    DatasetStatsReply(
      rows: rows, duplicates: duplicates, turns: turns.wire, characters: characters.wire,
      tokens: tokens.wire, answers: answers.wire,
      columns: columns.map { .init(name: $0.name, rows: $0.rows, empty: $0.empty) }, scripts: scripts,
      roles: roles)
  }
}
