import Contract
import Domain
import HTTPServing
import Services

extension Datasets {
  /// Rows as the model sees them; the trainer takes some seconds for it.
  static func render(_ call: Call) async throws -> Response {
    let body = try await call.body(RenderRowsRequest.self)
    let dataset = try await dataset(call)
    let from = body.from ?? 1
    let count = body.count ?? 3
    guard (1...1_000_000_000).contains(from), (1...RowRendering.mostRows).contains(count) else {
      throw DomainError.invalid(
        "The rows are 1 to \(RowRendering.mostRows), from row 1 on.", hint: "Give from and count.")
    }
    let made = try await call.services.rendering.render(
      from...(from + count - 1), of: dataset,
      for: .init(
        model: body.modelName, hostID: try body.hostID.map(Models.hostID), template: body.template,
        arguments: (body.arguments ?? [:]).mapValues(\.argument)))
    return try .json(
      RenderedRowsReply(
        rows: made.rows.map(\.wire), leftOut: made.passed, template: made.template,
        templateReason: made.templateReason, cutoffLen: made.cutoff, packed: made.packed,
        hostID: made.hostID.rawValue))
  }
}

extension RowRendering.Row {
  fileprivate var wire: RenderedRow {
    RenderedRow(
      row: row,
      parts: parts.map { part in
        .init(
          name: part.name, tokens: part.tokens, trained: part.trained, cut: part.cut,
          segments: part.segments.map {
            .init(text: $0.text, trained: $0.trained, cut: $0.cut, tokens: $0.tokens)
          })
      }, problem: problem)
  }
}
