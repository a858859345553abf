import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// Training files that come in parts.
enum Uploads {
  static func begin(_ call: Call) async throws -> Response {
    let body = try await call.body(BeginUploadRequest.self)
    let begun = try await call.services.uploads.begin(
      filename: body.filename, size: body.size, for: try call.user.id)
    return try .json(begun.wire())
  }

  static func list(_ call: Call) async throws -> Response {
    let uploads = try await call.services.uploads.list(of: try call.user.id)
    return try .json(UploadListReply(uploads: uploads.map { $0.wire() }))
  }

  /// With `hash=true` what is there is read once more.
  static func get(_ call: Call) async throws -> Response {
    let uploads = call.services.uploads
    let standing = try await uploads.standing(try identifier(call), of: try call.user.id)
    let wantsHash: Bool
    switch call.request.target.query["hash"] {
    case nil, "false": wantsHash = false
    case "true": wantsHash = true
    default: throw DomainError.invalid("The query's \"hash\" is true or false.")
    }
    guard wantsHash, standing.upload.datasetID == nil else { return try .json(standing.wire()) }
    return try .json(standing.wire(hash: try await uploads.contentHash(of: standing)))
  }

  /// Takes a part as it comes; what came before a connection broke is kept.
  static func part(_ call: Call) async throws -> Response {
    let uploads = call.services.uploads
    let (id, user) = (try identifier(call), try call.user.id)
    let offset = try call.integer("offset", in: 0...Int64.max, default: 0)
    // Whose it is before what was sent.
    _ = try await uploads.standing(id, of: user)
    guard let sent = call.request.fields["Content-Type"],
      MediaType(parsing: sent)?.essence == "application/octet-stream"
    else {
      throw DomainError(
        .unsupportedMedia, "The body must be bytes of the file.",
        hint: "Send Content-Type: application/octet-stream.")
    }
    let part = try await uploads.open(id, at: offset, of: user)
    do {
      for try await bytes in call.request.body { try await part.write(bytes) }
    } catch {
      // Of its own: who has left must not take with them that the file is let go.
      await Task { _ = try? await uploads.close(part) }.value
      throw error
    }
    return try .json(try await uploads.close(part).wire())
  }

  static func complete(_ call: Call) async throws -> Response {
    let made = try await call.services.uploads.complete(try identifier(call), of: try call.user.id)
    return try .json(Datasets.answer(made.dataset, isNew: made.isNew))
  }

  static func discard(_ call: Call) async throws -> Response {
    try await call.services.uploads.discard(try identifier(call), of: try call.user.id)
    return try .json(MessageReply(message: "The upload was discarded."))
  }

  private static func identifier(_ call: Call) throws(DomainError) -> UploadID {
    try call.identifier("The upload")
  }
}

extension ResumableUploads.Standing {
  fileprivate func wire(hash: String? = nil) -> UploadReply {
    UploadReply(
      uploadID: upload.id.rawValue, filename: upload.filename, size: upload.size, offset: offset,
      active: isActive, createdAt: upload.createdAt.iso8601,
      expiresAt: upload.touchedAt.adding(seconds: ResumableUploads.keptSeconds).iso8601, contentHash: hash)
  }
}
