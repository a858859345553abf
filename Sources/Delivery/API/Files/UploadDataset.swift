import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Datasets {
  /// Takes a multipart form with one file, piece by piece: nothing of it is kept in memory.
  static func upload(_ call: Call) async throws -> Response {
    let user = try call.user
    guard let type = call.request.fields["Content-Type"],
      MediaType(parsing: type)?.essence == "multipart/form-data"
    else {
      throw DomainError(
        .unsupportedMedia, "The body must be a form with a file.",
        hint: "Send multipart/form-data with the file in the part \"file\".")
    }
    var parser = try MultipartParser(contentType: type)
    var receiver = UploadReceiver(
      services: call.services, user: user.id, limit: call.services.options.maximumUpload)
    do {
      for try await bytes in call.request.body {
        for event in try parser.feed(bytes) { try await receiver.take(event) }
      }
      try parser.finish()
      let stored = try await receiver.finish()
      return try .json(answer(stored.dataset, isNew: stored.isNew))
    } catch {
      await receiver.abandon()
      throw error
    }
  }

  static func answer(_ dataset: DatasetRecord, isNew: Bool) -> DatasetUploadReply {
    let problems =
      dataset.problemCount == 0
      ? ""
      : dataset.problemCount == 1
        ? " 1 of its rows has problems; look at it before training."
        : " \(dataset.problemCount) of its rows have problems; look at them before training."
    let recognised =
      dataset.format == "unknown" ? " Its format was not recognised; it cannot be trained on as it is." : ""
    let stored =
      dataset.version == 1
      ? "The dataset was stored." : "Version \(dataset.version) of \(dataset.name) was stored."
    let what = isNew ? stored : "This dataset is there already."
    return DatasetUploadReply(
      fileID: dataset.id.rawValue, filename: dataset.filename, filePath: dataset.path, size: dataset.size,
      message: what + problems + recognised, dataset: dataset.wire)
  }
}

/// The state of one form on its way in.
private struct UploadReceiver {
  let services: APIServices
  let user: UserID
  let limit: Int64
  private var upload: DatasetUpload?
  private var received: Int64 = 0
  private var isInFile = false

  init(services: APIServices, user: UserID, limit: Int64) {
    self.services = services
    self.user = user
    self.limit = limit
  }

  mutating func take(_ event: MultipartEvent) async throws {
    switch event {
    case .partBegan(let part):
      guard let filename = part.filename else { return }  // a plain field beside the file
      guard part.name == "file" else {
        throw DomainError.invalid(
          "The file is in the part \"\(part.name.prefix(64))\".", hint: "Send it in a part called \"file\".")
      }
      guard upload == nil else {
        throw DomainError.invalid("The form has more than one file.", hint: "Upload them one by one.")
      }
      upload = try await services.datasets.begin(filename: filename, for: user)
      isInFile = true
    case .data(let bytes):
      guard isInFile, let upload else { return }
      received += Int64(bytes.count)
      guard received <= limit else {
        throw DomainError(
          .tooLarge, "The file is larger than \(limit) bytes.",
          hint: "Split it, or have the limit raised (MAX_UPLOAD_SIZE).")
      }
      try await upload.write(bytes)
    case .partEnded: isInFile = false
    }
  }

  func finish() async throws -> (dataset: DatasetRecord, isNew: Bool) {
    guard let upload else {
      throw DomainError.invalid("The form has no file.", hint: "Send the file in a part called \"file\".")
    }
    guard received > 0 else {
      throw DomainError.invalid("The file is empty.", hint: "Upload a file with at least one row.")
    }
    return try await services.datasets.finish(upload)
  }

  func abandon() async { await upload?.abandon() }
}
