import Contract
import Glibc
import HTTPFetching
import HTTPWire

/// `luthier dataset download`.
enum DatasetDownload {
  static let command = Command(
    "download", "Download a dataset",
    options: [
      .value("output", "FILE", short: "o", "Where to write it; - is standard output"),
      .flag("force", "Replace a file that is there"),
    ], positionals: [DatasetCommands.named],
    examples: [
      .init("luthier dataset download identity.json", "Under its own name in this folder."),
      .init("luthier dataset download identity.json -o - | head", "To standard output."),
    ]
  ) { call in
    let client = try call.client()
    let id = try await DatasetCommands.resolve(call, client)
    let dataset = try await client.get(
      APIPath("api", "files", "datasets", id), as: DatasetDetailReply.self
    ).value.dataset
    let request = client.request(.get, APIPath("api", "files", "datasets", id, "download"))
    let target = try target(call.arguments.text("output"), dataset)
    if target == "-" {
      try await client.stream(request) { response in
        while let bytes = try await response.body.next() { call.console.output.write(bytes) }
      }
      return .done
    }
    let meter = TransferMeter(name: target, line: LiveLine(call.console.errors))
    meter.begin(total: dataset.size)
    defer { meter.end() }
    let file = try DownloadedFile(target, mayReplace: call.arguments.has("force"))
    try await client.stream(request) { response in
      while let bytes = try await response.body.next() { meter.update(try file.write(bytes)) }
    }
    try file.finish()
    meter.end()
    if call.printer.isJSON { return .done }
    call.printer.line("\(target): \(Quantity.size(dataset.size))")
    return .done
  }

  /// The server's name for it never leads out of the working folder.
  private static func target(_ option: String?, _ dataset: DatasetReply) throws -> String {
    if let option { return option }
    let name = dataset.filename
    guard !name.isEmpty, name != ".", name != "..", name != "-", !name.contains("/"),
      !name.unicodeScalars.contains(where: { $0.value < 32 })
    else { throw UsageError("The dataset's name cannot be a file's.", hint: "Give one with -o FILE.") }
    return name
  }
}

/// A file that appears under its name when it is whole, and not at all before.
private final class DownloadedFile {
  private let path: String
  private let temporary: String
  private let descriptor: Int32
  private let mayReplace: Bool
  private var size: Int64 = 0
  private var isFinished = false

  init(_ path: String, mayReplace: Bool) throws(CommandFailure) {
    self.path = path
    self.mayReplace = mayReplace
    temporary = "\(path).\(getpid()).part"
    if !mayReplace, access(path, F_OK) == 0 { throw Self.exists(path) }
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if descriptor < 0 {
      throw CommandFailure(.failed, "\(path) cannot be written: \(systemError()).", code: "write_failed")
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !isFinished { unlink(temporary) }
  }

  /// Returns the bytes written so far.
  func write(_ bytes: [UInt8]) throws(CommandFailure) -> Int64 {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + offset, bytes.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw CommandFailure(.failed, "\(path) cannot be written: \(systemError()).", code: "write_failed")
      }
      offset += count
    }
    size += Int64(bytes.count)
    return size
  }

  func finish() throws(CommandFailure) {
    // link() refuses a file that came in the meantime; rename() would replace it.
    let isPlaced = mayReplace ? rename(temporary, path) == 0 : link(temporary, path) == 0
    guard isPlaced else {
      if errno == EEXIST { throw Self.exists(path) }
      throw CommandFailure(.failed, "\(path) cannot be written: \(systemError()).", code: "write_failed")
    }
    if !mayReplace { unlink(temporary) }
    isFinished = true
  }

  private static func exists(_ path: String) -> CommandFailure {
    CommandFailure(.conflict, "\(path) is there already.", hint: "Use --force to replace it, or -o FILE.")
  }
}
