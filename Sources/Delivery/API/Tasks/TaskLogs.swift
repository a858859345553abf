import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Tasks {
  private static let piece: Int64 = 256 * 1024

  static func logs(_ call: Call) async throws -> Response {
    let task = try await task(call)
    let attempt = try call.integer("attempt", in: 1...100_000, default: Int64(task.attempt))
    let from = try call.integer("from", in: 0...Int64.max, default: -piece)
    let slice = try await call.services.tasks.log(
      of: task, attempt: Int(attempt), from: from, limit: Int(piece))
    return try .json(reply(slice, attempt: Int(attempt)))
  }

  /// Sends what is there, then what comes, and `event: end` when the task has ended.
  static func streamLogs(_ call: Call) async throws -> Response {
    let task = try await task(call)
    let resumed = call.request.fields["Last-Event-ID"].flatMap(Int64.init)
    let from = try resumed ?? call.integer("from", in: 0...Int64.max, default: 0)
    return TaskFileStream(call: call, task: task, file: .log).response(from: from) { offset in
      let slice = try await call.services.tasks.log(
        of: task, attempt: task.attempt, from: offset, limit: Int(piece))
      guard !slice.bytes.isEmpty else { return nil }
      let reply = reply(slice, attempt: task.attempt)
      return (try event("log", reply, id: reply.nextOffset), reply.nextOffset)
    }
  }

  /// The slice as text: cut where a character would break, with progress bars at their last state.
  private static func reply(_ slice: FileSlice, attempt: Int) -> TaskLogsReply {
    let isWhole = slice.offset + Int64(slice.bytes.count) >= slice.size
    let end = isWhole ? slice.bytes.count : LogText.characterBoundary(in: slice.bytes)
    return TaskLogsReply(
      logs: LogText.display(slice.bytes[..<end]), offset: slice.offset,
      nextOffset: slice.offset + Int64(end), size: slice.size, attempt: attempt)
  }
}

/// Log bytes as a person reads them.
enum LogText {
  /// Where the last whole character ends.
  static func characterBoundary(in bytes: [UInt8]) -> Int {
    var position = bytes.count
    for _ in 0..<min(4, bytes.count) {
      position -= 1
      let byte = bytes[position]
      if byte & 0b1100_0000 == 0b1000_0000 { continue }
      let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      return position + length <= bytes.count ? bytes.count : position
    }
    return bytes.count
  }

  /// A line that was written over with carriage returns is its last state.
  ///
  /// The first line of a piece may go on from the piece before: where it was written over, a carriage
  /// return leads it, so that a reader drops what it has of that line.
  static func display(_ bytes: ArraySlice<UInt8>) -> String {
    let carriageReturn = UInt8(ascii: "\r")
    guard bytes.contains(carriageReturn) else { return String(decoding: bytes, as: UTF8.self) }
    var shown: [UInt8] = []
    shown.reserveCapacity(bytes.count)
    var isFirst = true
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if !isFirst { shown.append(UInt8(ascii: "\n")) }
      let isOverwritten = line.contains(carriageReturn)
      if isFirst && isOverwritten { shown.append(carriageReturn) }
      let state = line.split(separator: carriageReturn).last ?? []
      // Cleared: what is written next begins at the line's start, perhaps in a piece that does not say so.
      let isCleared = line.last == carriageReturn && state.allSatisfy { $0 == UInt8(ascii: " ") }
      if !isCleared { shown.append(contentsOf: state) }
      isFirst = false
    }
    return String(decoding: shown, as: UTF8.self)
  }
}
