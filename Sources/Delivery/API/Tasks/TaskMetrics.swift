import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Tasks {
  private static let piece = 256 * 1024

  static func metrics(_ call: Call) async throws -> Response {
    let task = try await task(call)
    var offset = try call.integer("from", in: 0...Int64.max, default: 0)
    var metrics: [MetricReply] = []
    while metrics.count < 20_000 {
      let slice = try await call.services.tasks.metrics(of: task, from: offset, limit: piece)
      let lines = wholeLines(slice)
      metrics += lines.metrics
      guard lines.end > offset else { break }
      offset = lines.end
    }
    return try .json(TaskMetricsReply(metrics: metrics, nextOffset: offset))
  }

  static func streamMetrics(_ call: Call) async throws -> Response {
    let task = try await task(call)
    let resumed = call.request.fields["Last-Event-ID"].flatMap(Int64.init)
    let from = try resumed ?? call.integer("from", in: 0...Int64.max, default: 0)
    return TaskFileStream(call: call, task: task, file: .metrics).response(from: from) { offset in
      let slice = try await call.services.tasks.metrics(of: task, from: offset, limit: piece)
      let lines = wholeLines(slice)
      guard lines.end > offset else { return nil }
      let reply = TaskMetricsReply(metrics: lines.metrics, nextOffset: lines.end)
      return (try event("metrics", reply, id: lines.end), lines.end)
    }
  }

  private static func wholeLines(_ slice: FileSlice) -> (metrics: [MetricReply], end: Int64) {
    guard let last = slice.bytes.lastIndex(of: UInt8(ascii: "\n")) else { return ([], slice.offset) }
    let lines = slice.bytes[...last].split(separator: UInt8(ascii: "\n"))
    return (lines.compactMap { TrainerLogLine.parse($0)?.wire }, slice.offset + Int64(last + 1))
  }
}
