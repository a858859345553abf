package import HTTPWire

extension Response {
  /// Answers with a file, or with the part of it that the request's Range asks for (206, 416).
  ///
  /// A given `entityTag` (with its quotes) makes If-None-Match and If-Range work.
  package static func file(
    _ file: FileBody, for request: Request, entityTag: String? = nil, fields: HTTPFields = [:]
  ) -> Response {
    var fields = fields
    fields["Accept-Ranges"] = "bytes"
    if let entityTag {
      fields["ETag"] = entityTag
      if request.fields["If-None-Match"] == entityTag {
        return Response(status: .notModified, fields: fields)
      }
    }
    var range = request.fields["Range"]
    // A condition on another state of the file: the parts would not fit together.
    if let condition = request.fields["If-Range"], condition != entityTag { range = nil }
    switch request.method == .get ? ByteRange.resolve(range, size: file.size) : .whole {
    case .whole:
      return Response(fields: fields, body: .file(file, 0..<file.size))
    case .part(let part):
      fields["Content-Range"] = ByteRange.contentRange(part, size: file.size)
      return Response(status: .partialContent, fields: fields, body: .file(file, part))
    case .unsatisfiable:
      return Response(
        status: .rangeNotSatisfiable,
        fields: [
          "Content-Range": ByteRange.contentRange(nil, size: file.size), "Accept-Ranges": "bytes",
        ])
    }
  }
}
