import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// Votes on the answers of several models, and the training data they make.
enum Comparisons {
  static func record(_ call: Call) async throws -> Response {
    let body = try await call.body(ComparisonRequest.self)
    return try .json(try await call.services.comparisons.record(body.vote, for: try call.user.id).wire)
  }

  static func list(_ call: Call) async throws -> Response {
    let (service, user) = (call.services.comparisons, try call.user.id)
    let limit = try call.integer("limit", in: 1...100, default: 20)
    let after = try call.request.target.query["after"].map(place)
    let page = try await service.list(of: user, after: after, limit: Int(limit))
    return try .json(
      ComparisonListReply(
        comparisons: page.comparisons.map(\.wire), next: page.next.map { String($0) },
        models: try await service.scores(of: user).map(\.wire)))
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.services.comparisons.delete(try call.identifier("The comparison"), for: try call.user.id)
    return try .json(MessageReply(message: "The comparison was deleted."))
  }

  /// JSON Lines, a dataset as it is.
  static func export(_ call: Call) async throws -> Response {
    let (service, user) = (call.services.comparisons, try call.user.id)
    guard let format = PreferenceRow.Format(rawValue: call.request.target.query["format"] ?? "dpo") else {
      throw DomainError.invalid("The query's \"format\" is dpo or kto.")
    }
    // Every line has the same columns, so that all are known before the first is written.
    var (hasSystem, hasHistory) = (false, false)
    try await service.rows(of: user, as: format) { rows in
      hasSystem = hasSystem || rows.contains { $0.system != nil }
      hasHistory = hasHistory || rows.contains { !$0.history.isEmpty }
    }
    let columns = (hasSystem, hasHistory)
    let name = ContentDisposition.attachment(filename: "comparisons-\(format.rawValue).jsonl")
    return Response(
      fields: ["Content-Type": "application/jsonl", "Content-Disposition": name],
      body: .stream { writer in
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try await service.rows(of: user, as: format) { rows in
          var bytes: [UInt8] = []
          for row in rows {
            bytes += try encoder.encode(row.line(hasSystem: columns.0, hasHistory: columns.1))
            bytes.append(10)
          }
          if !bytes.isEmpty { try await writer.write(bytes) }
        }
      })
  }

  private static func place(_ text: String) throws(DomainError) -> Int64 {
    guard let place = Int64(text), place > 0 else {
      throw .invalid(
        "The query's \"after\" is no place of this list.", hint: "Give the \"next\" of an answer as it is.")
    }
    return place
  }
}
