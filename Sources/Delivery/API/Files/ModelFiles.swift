import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// The files of users' models.
enum ModelFiles {
  static func list(_ call: Call) async throws -> Response {
    let files = try await call.services.catalog.files(of: try await model(call))
    return try .json(
      ModelFileListReply(
        files: files.map { .init(name: $0.name, size: $0.size, modifiedAt: $0.modifiedAt.iso8601) }))
  }

  /// The folder as a tar archive, or the part of it that Range asks for; cut where it cannot be whole.
  static func archive(_ call: Call) async throws -> Response {
    let model = try await model(call)
    let catalog = call.services.catalog
    let archive = try await catalog.archive(of: model)
    let fields = fields("application/x-tar", archive.name + ".tar")
    return try await answer(call, fields, size: archive.size, tag: archive.tag) {
      try await catalog.contents(of: archive, of: model, range: $0)
    }
  }

  /// One file, or the part of it that Range asks for.
  static func download(_ call: Call) async throws -> Response {
    let model = try await model(call)
    guard let name = call.request.target.query["name"], !name.isEmpty else {
      throw DomainError.invalid("The query has no \"name\".", hint: "Take one of the model's list of files.")
    }
    let catalog = call.services.catalog
    let file = try await catalog.file(name, of: model)
    let fields = fields("application/octet-stream", HostPath.lastComponent(of: file.name))
    return try await answer(call, fields, size: file.size, tag: file.tag) {
      try await catalog.contents(of: file, of: model, range: $0)
    }
  }

  /// Gives what Range asks for, at the client's pace.
  static func answer(
    _ call: Call, _ fields: HTTPFields, size: Int64, tag: String,
    _ contents: (Range<Int64>) async throws -> AsyncThrowingStream<[UInt8], any Error>
  ) async throws -> Response {
    var fields = fields
    fields["Accept-Ranges"] = "bytes"
    let tag = "\"\(tag)\""
    fields["ETag"] = tag
    if call.request.fields["If-None-Match"] == tag { return Response(status: .notModified, fields: fields) }
    let condition = call.request.fields["If-Range"]
    // A condition on another state of the file: the parts would not fit together.
    let wanted = condition == nil || condition == tag ? call.request.fields["Range"] : nil
    switch ByteRange.resolve(wanted, size: size) {
    case .whole:
      return Response(fields: fields, body: stream(try await contents(0..<size)))
    case .part(let range):
      fields["Content-Range"] = ByteRange.contentRange(range, size: size)
      return Response(status: .partialContent, fields: fields, body: stream(try await contents(range)))
    case .unsatisfiable:
      throw HTTPError(
        .rangeNotSatisfiable, HTTPError.Code(rawValue: "range_not_satisfiable"),
        "the file has no bytes in this range",
        fields: ["Content-Range": ByteRange.contentRange(nil, size: size), "Accept-Ranges": "bytes"])
    }
  }

  /// Passes bytes on at the client's pace; what throws cuts the answer, so that it never looks whole.
  private static func stream(_ pieces: AsyncThrowingStream<[UInt8], any Error>) -> Response.Body {
    .stream { writer in
      for try await piece in pieces { try await writer.write(piece) }
      // A stream whose reader was cancelled ends like one that is whole.
      try Task.checkCancellation()
    }
  }

  private static func fields(_ type: String, _ name: String) -> HTTPFields {
    [
      "Content-Type": type, "Content-Disposition": ContentDisposition.attachment(filename: name),
      // What a user made is never run in this origin.
      "Content-Security-Policy": "sandbox", "Cache-Control": "no-store",
    ]
  }

  private static func model(_ call: Call) async throws -> ModelRecord {
    let id: ModelID = try call.identifier("The model")
    return try await call.services.catalog.model(id, of: try call.user.id)
  }
}
