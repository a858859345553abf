import Contract
import HTTPFetching
import HTTPWire

/// `luthier model download`.
enum ModelDownload {
  static let command = Command(
    "download", "Download a model's files",
    notes: "A tar archive, or with --extract a folder. Cut on the way, it goes on where it was.",
    options: [
      .value("output", "PATH", short: "o", "The file or folder to make; - is standard output"),
      .flag("extract", "Unpack it into a folder"), .flag("force", "Replace a file that is there"),
    ], positionals: [ModelCommands.named],
    examples: [
      .init("luthier model download first", "As first.tar in this folder."),
      .init("luthier model download first --extract -o ~/models/first", "Its files, in a new folder."),
      .init("luthier model download first -o - | tar -x", "To standard output."),
    ]
  ) { call in
    let isExtracted = call.arguments.has("extract")
    if isExtracted, call.arguments.has("force") || call.arguments.text("output") == "-" {
      throw UsageError("--extract makes a new folder.", hint: "Without --force, and with -o FOLDER.")
    }
    let client = try call.client()
    let id = try await ModelCommands.resolve(call.arguments.word("ID"), client)
    let model = try await client.get(APIPath("api", "files", "models", id), as: ModelReply.self).value
    let target = try call.arguments.text("output") ?? name(of: model) + (isExtracted ? "" : ".tar")
    let source = Download(call, client, APIPath("api", "files", "models", id, "download"))
    if target == "-" {
      _ = try await source.run { call.console.output.write($0) }
      return .done
    }
    let meter = TransferMeter(name: target, line: LiveLine(call.console.errors))
    defer { meter.end() }
    let size: Int64
    if isExtracted {
      let folder = try TarFolder(target)
      size = try await source.run(meter) { try folder.write($0) }
      try folder.finish()
    } else {
      let file = try DownloadedFile(target, mayReplace: call.arguments.has("force"))
      size = try await source.run(meter) { _ = try file.write($0) }
      try file.finish()
    }
    meter.end()
    if !call.printer.isJSON { call.printer.line("\(target): \(Quantity.size(size))") }
    return .done
  }

  /// The server's name for it never leads out of the working folder.
  private static func name(of model: ModelReply) throws -> String {
    let name = model.name
    guard !name.isEmpty, name != ".", name != "..", name != "-", !name.contains("/"),
      !name.unicodeScalars.contains(where: { $0.value < 32 })
    else { throw UsageError("The model's name cannot be a file's.", hint: "Give one with -o PATH.") }
    return name
  }
}

/// A body that is read to its end, over more than one connection where the first is cut.
private final class Download {
  /// Attempts in a row that got no further.
  private static let patience = 5

  private let call: Invocation
  private let client: APIClient
  private let path: APIPath
  private var done: Int64 = 0
  private var total: Int64?
  private var tag: String?

  init(_ call: Invocation, _ client: APIClient, _ path: APIPath) {
    self.call = call
    self.client = client
    self.path = path
  }

  /// Returns how many bytes there were.
  func run(_ meter: TransferMeter? = nil, _ take: ([UInt8]) throws -> Void) async throws -> Int64 {
    var backoff = Backoff()
    var vain = 0
    while true {
      let before = done
      do {
        try await attempt(meter, take)
        if let total, done != total { throw incomplete }
        return done
      } catch let failure as CommandFailure where failure.isTransient && done > 0 {
        if done > before {
          vain = 0
          backoff = Backoff()
        }
        vain += 1
        guard vain <= Self.patience else { throw failure }
        try await call.console.pause(backoff.next())
      }
    }
  }

  private func attempt(_ meter: TransferMeter?, _ take: ([UInt8]) throws -> Void) async throws {
    var request = client.request(.get, path)
    request.fields["Accept"] = "*/*"
    // The answer to a part says how large the whole is.
    request.fields["Range"] = "bytes=\(done)-"
    if let tag { request.fields["If-Range"] = tag }
    try await client.stream(request) { response in
      if done > 0, response.status.code != 206 || response.fields["ETag"] != tag {
        throw CommandFailure(
          .conflict, "The model changed while it was downloaded.", hint: "Download it once more.")
      }
      tag = response.fields["ETag"]
      total = response.fields["Content-Range"]?.split(separator: "/").last.flatMap { Int64($0) }
      meter?.begin(total: total ?? 0)
      while let bytes = try await response.body.next() {
        try take(bytes)
        done += Int64(bytes.count)
        meter?.update(done)
      }
    }
  }

  private var incomplete: CommandFailure {
    CommandFailure(
      .failed, "The server sent another number of bytes than it said.", code: "unexpected_answer")
  }
}
