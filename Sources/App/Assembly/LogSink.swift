import Domain
import Glibc

/// Writes the server's log to standard error: text for people, one JSON object a line for programs.
struct LogSink: Sendable {
  let minimum: ServerLog.Level
  let isJSON: Bool
  let clock: WallClock

  var log: ServerLog {
    ServerLog(minimum: minimum) { level, message, metadata in
      guard level >= minimum else { return }
      let bytes = Array(line(level, message, metadata).utf8)
      _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }
  }

  /// One line with its end; values that are empty are left out.
  func line(_ level: ServerLog.Level, _ message: String, _ metadata: [String: String]) -> String {
    let now = clock.now().iso8601
    let filled = metadata.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
    if isJSON {
      var line = "{\"time\":\"\(now)\",\"level\":\"\(level.rawValue)\",\"message\":" + quoted(message)
      for (key, value) in filled { line += "," + quoted(key) + ":" + quoted(value) }
      return line + "}\n"
    }
    var line = "\(now) \(level.rawValue) \(message)"
    for (key, value) in filled { line += " \(key)=" + (isPlain(value) ? value : quoted(value)) }
    return line + "\n"
  }

  private func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
  }

  /// A JSON string; control characters are escaped, so a value cannot begin a line of its own.
  private func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case _ where scalar.value < 32 || (0x7F...0x9F).contains(scalar.value):
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
