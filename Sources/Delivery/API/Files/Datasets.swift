import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// Training files.
enum Datasets {
  static func list(_ call: Call) async throws -> Response {
    let datasets = try await call.services.datasets.list(of: try call.user.id)
    return try .json(DatasetListReply(files: datasets.map(\.wire)))
  }

  static func get(_ call: Call) async throws -> Response {
    let dataset = try await dataset(call)
    let report = try JSONDecoder().decode(DatasetReport.self, from: Data(dataset.report.utf8))
    return try .json(
      DatasetDetailReply(
        dataset: dataset.wire,
        problems: report.problems.map {
          .init(
            line: $0.line, column: $0.column, row: $0.row, code: $0.code, message: $0.message, hint: $0.hint)
        }, preview: report.preview, columns: report.columns,
        usedBy: try await call.services.datasets.users(of: dataset).map(\.rawValue),
        lengths: report.lengthsWire))
  }

  static func versions(_ call: Call) async throws -> Response {
    let versions = try await call.services.datasets.versions(of: try await dataset(call))
    return try .json(
      DatasetVersionsReply(
        versions: versions.map { version in
          .init(
            dataset: version.dataset.wire,
            tasks: version.tasks.map {
              .init(taskID: $0.id.rawValue, name: $0.name, status: $0.state.wire)
            })
        }))
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.services.datasets.delete(try call.identifier("The dataset"), of: try call.user.id)
    return try .json(MessageReply(message: "The dataset was deleted."))
  }

  static func download(_ call: Call) async throws -> Response {
    let dataset = try await dataset(call)
    let fields: HTTPFields = [
      "Content-Type": "application/octet-stream",
      "Content-Disposition": ContentDisposition.attachment(filename: dataset.filename),
      // What a user uploaded is never run in this origin.
      "Content-Security-Policy": "sandbox",
    ]
    guard let path = call.services.datasets.localPath(of: dataset) else {
      return try await ModelFiles.answer(call, fields, size: dataset.size, tag: dataset.contentHash) {
        try await call.services.datasets.read(dataset, range: $0)
      }
    }
    let file = try await FileBody.open(path: path, on: call.request.blocking)
    let response = Response.file(
      file, for: call.request, entityTag: "\"\(dataset.contentHash)\"", fields: fields)
    guard response.status != .rangeNotSatisfiable else {
      throw HTTPError(
        response.status, HTTPError.Code(rawValue: "range_not_satisfiable"),
        "the file has no bytes in this range", fields: response.fields)
    }
    return response
  }

  static func dataset(_ call: Call) async throws -> DatasetRecord {
    try await call.services.datasets.dataset(try call.identifier("The dataset"), of: try call.user.id)
  }
}
