import Contract
import HTTPFetching
import HTTPWire
import Synchronization

/// `luthier dataset upload`.
enum DatasetUpload {
  static let command = Command(
    "upload", "Upload training files (JSON, JSONL or text)",
    notes: "Files are sent piece by piece, however large they are.",
    positionals: [.init("FILE", "A file on this machine", .many)],
    examples: [
      .init("luthier dataset upload examples/identity.json", "Shows the format and the rows found."),
      .init("luthier dataset upload *.jsonl", "One after the other."),
    ]
  ) { call in
    let client = try call.client()
    for path in call.arguments.words("FILE") {
      let answer = try await upload(path, call, client)
      _ = call.answer(answer) { describe($0, call.printer) }
    }
    return .done
  }

  private static func upload(
    _ path: String, _ call: Invocation, _ client: APIClient
  ) async throws -> APIClient.Answer<DatasetUploadReply> {
    let meter = TransferMeter(name: path, line: LiveLine(call.console.errors))
    defer { meter.end() }
    let file = try FileUpload(path: path) { meter.update($0) }
    meter.begin(total: file.size)
    var request = client.request(.post, DatasetCommands.path)
    request.fields["Content-Type"] = file.contentType
    request.body = file.body
    return try await client.send(request)
  }

  private static func describe(_ reply: DatasetUploadReply, _ printer: Printer) {
    let dataset = reply.dataset
    printer.line(
      "\(reply.filename): \(Quantity.count(dataset.rows, "row")), \(dataset.format), \(Quantity.size(reply.size)) "
        + "(\(reply.fileID))")
    if dataset.problemCount > 0 || dataset.format == "unknown" {
      printer.warning(reply.message)
      printer.hint("See luthier dataset show \(reply.fileID)")
    }
  }
}

/// Bytes, rate and a bar on a live line.
final class TransferMeter: Sendable {
  private let name: String
  private let line: LiveLine
  private let state = Mutex(State())
  private let start = ContinuousClock.now

  private struct State {
    var total: Int64 = 0
    var drawn: ContinuousClock.Instant?
  }

  init(name: String, line: LiveLine) {
    self.name = name.split(separator: "/").last.map(String.init) ?? name
    self.line = line
  }

  func begin(total: Int64) { state.withLock { $0.total = total } }

  /// Drawn at most ten times a second, and at the end.
  func update(_ done: Int64) {
    let now = ContinuousClock.now
    let total: Int64? = state.withLock { state in
      if done < state.total, let drawn = state.drawn, now - drawn < .milliseconds(100) { return nil }
      state.drawn = now
      return state.total
    }
    guard let total else { return }
    let seconds = (now - start) / .seconds(1)
    let rate = seconds > 0 ? Quantity.size(Int64(Double(done) / seconds)) + "/s" : ""
    let part = total > 0 ? Double(done) / Double(total) : 1
    line.show(
      "\(name)  \(progressBar(part, width: 24)) \(Quantity.percentage(part * 100))  "
        + "\(Quantity.size(done)) of \(Quantity.size(total))  \(rate)")
  }

  func end() { line.clear() }
}
