import ProcessRunning
import Synchronization

/// What one `ssh` writes to its error output while it runs.
final class SSHWords: Sendable {
  private struct State {
    var line: [UInt8] = []
    var refusedChannels = 0
    var isForbidden = false
  }

  private let state = Mutex(State())

  /// How many connections to ports the host has refused so far.
  var refusedChannels: Int { state.withLock(\.refusedChannels) }

  /// Whether the last refusal was the host's rule, not a port where nothing listens.
  var isForbidden: Bool { state.withLock(\.isForbidden) }

  /// Reads to the end; the last 8 KiB.
  func collect(from process: ChildProcess) async -> String {
    var text: [UInt8] = []
    while let bytes = (try? await process.readError()) ?? nil {
      // ssh ends its lines as a terminal in raw mode wants them.
      let plain = bytes.filter { $0 != UInt8(ascii: "\r") }
      note(plain)
      text = Array((text + plain).suffix(8_192))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads the lines that tell of refused channels.
  func note(_ bytes: [UInt8]) {
    state.withLock { state in
      for byte in bytes {
        guard byte == UInt8(ascii: "\n") else {
          if state.line.count < 1_024 { state.line.append(byte) }
          continue
        }
        let line = String(decoding: state.line, as: UTF8.self)
        state.line = []
        guard line.hasPrefix("channel "), line.contains("open failed: ") else { continue }
        state.refusedChannels += 1
        state.isForbidden = line.contains("administratively prohibited")
      }
    }
  }
}
