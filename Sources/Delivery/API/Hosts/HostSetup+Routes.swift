import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Hosts {
  private static let piece: Int64 = 256 * 1024

  static func startSetup(_ call: Call) async throws -> Response {
    try .json(try await call.services.hostSetup.start(try call.identifier("The host")).wire)
  }

  static func setup(_ call: Call) async throws -> Response {
    try .json(try await call.services.hostSetup.state(try call.identifier("The host")).wire)
  }

  static func stopSetup(_ call: Call) async throws -> Response {
    try .json(try await call.services.hostSetup.stop(try call.identifier("The host")).wire)
  }

  /// Sends the log that is there, then what comes, with the progress between, and `event: end` with the result.
  static func streamSetup(_ call: Call) async throws -> Response {
    let id: HostID = try call.identifier("The host")
    let setup = call.services.hostSetup
    let resumed = call.request.fields["Last-Event-ID"].flatMap(Int64.init)
    let start = try resumed ?? call.integer("from", in: 0...Int64.max, default: 0)
    _ = try await setup.state(id)  // refused here, before the stream begins
    return .eventStream { writer in
      var offset = start
      func drain() async throws {
        while true {
          let slice = try await setup.log(of: id, from: offset, limit: Int(piece))
          // A cursor beyond the end is an earlier installation's.
          if slice.size < offset {
            offset = 0
            continue
          }
          let isWhole = slice.offset + Int64(slice.bytes.count) >= slice.size
          let end = isWhole ? slice.bytes.count : LogText.characterBoundary(in: slice.bytes)
          if end == 0 { return }
          offset = slice.offset + Int64(end)
          let reply = HostSetupLogReply(
            logs: LogText.display(slice.bytes[..<end]), offset: slice.offset, nextOffset: offset,
            size: slice.size)
          try await writer.send(try event("log", reply, id: offset))
        }
      }
      try await drain()
      var state = try await setup.state(id)
      if state.stage == .running {
        for try await _ in try await setup.changes(of: id) {
          try await drain()
          state = try await setup.state(id)
          if state.stage != .running { break }
          try await writer.send(try event("progress", state.wire, id: offset))
        }
      }
      // Once more: the end of the log may have been written after it was looked at, and before the state was.
      try await drain()
      try await writer.send(try event("end", state.wire, id: offset))
    }
  }
}

extension HostSetup.State {
  var wire: HostSetupReply {
    let word: HostSetupState =
      switch stage {
      case .never: .never
      case .running: .running
      case .completed: .completed
      case .failed: .failed
      case .stopped: .stopped
      case .lost: .lost
      }
    let isBad = stage == .failed || stage == .lost
    let unexplained =
      stage == .lost ? "The installation was cut off on the host." : "The installation failed."
    return HostSetupReply(
      state: word, phase: progress?.phase, step: progress?.step, steps: progress?.steps, done: progress?.done,
      total: progress?.total, code: isBad ? progress?.error?.code : nil,
      problem: isBad ? progress?.error?.message ?? unexplained : nil,
      hint: isBad ? progress?.error?.hint ?? "Run it again: it goes on from what is there." : nil,
      startedAt: startedAt?.iso8601, endedAt: endedAt?.iso8601, logSize: logSize)
  }
}
