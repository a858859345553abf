/// Reads a line of `trainer_log.jsonl`.
///
/// The lines are Python's idea of JSON: `NaN` and `Infinity` stand in them where a run diverged, so a strict reader
/// fails on the very lines that matter. Unknown keys are passed over, whatever they hold.
package enum TrainerLogLine {
  /// The metric, or nil where the line is not a whole object with a step: cut short, or of another kind.
  ///
  /// - Parameter line: one line, with or without its end; at most 64 KB are read.
  package static func parse(_ line: some Collection<UInt8>) -> TrainingMetric? {
    guard line.count <= 65536 else { return nil }
    var scanner = Scanner(bytes: Array(line))
    return scanner.metric()
  }

  package static func parse(_ line: String) -> TrainingMetric? { parse(Array(line.utf8)) }

  /// Seconds of `str(timedelta)`: `0:01:05`, `1 day, 2:03:04`, `-1 day, 23:59:59`, with a fraction or without.
  package static func seconds(ofDuration text: String) -> Double? {
    var days = 0
    var clock = text[...]
    if let comma = text.firstIndex(of: ",") {
      let words = text[..<comma].split(separator: " ")
      guard words.count == 2, words[1] == "day" || words[1] == "days", let count = Int(words[0]) else {
        return nil
      }
      days = count
      clock = text[text.index(after: comma)...].drop { $0 == " " }
    }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let hours = Int(parts[0]), let minutes = Int(parts[1]),
      let seconds = Double(parts[2]), hours >= 0, (0..<60).contains(minutes), seconds >= 0, seconds < 61,
      abs(days) < 1_000_000, hours < 1_000_000
    else { return nil }
    return Double(days * 86400 + hours * 3600 + minutes * 60) + seconds
  }

  private enum Value {
    case number(Double)
    case notFinite
    case text(String)
    case other
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func metric() -> TrainingMetric? {
      skipSpace()
      guard take("{") else { return nil }
      var metric = TrainingMetric(step: -1, totalSteps: 0)
      skipSpace()
      var more = !take("}")
      while more {
        skipSpace()
        guard let key = string() else { return nil }
        skipSpace()
        guard take(":"), let value = value(depth: 0) else { return nil }
        Self.store(value, key, &metric)
        skipSpace()
        if take(",") { continue }
        guard take("}") else { return nil }
        more = false
      }
      skipSpace()
      return position == bytes.count && metric.step >= 0 ? metric : nil
    }

    private static func store(_ value: Value, _ key: String, _ metric: inout TrainingMetric) {
      switch value {
      case .number(let number): store(number, key, &metric)
      case .notFinite: metric.isDiverged = true
      case .text(let text):
        if key == "elapsed_time" { metric.elapsed = TrainerLogLine.seconds(ofDuration: text) }
        if key == "remaining_time" { metric.remaining = TrainerLogLine.seconds(ofDuration: text) }
      case .other: break
      }
    }

    private static func store(_ number: Double, _ key: String, _ metric: inout TrainingMetric) {
      switch key {
      case "current_steps": metric.step = Int(exactly: number.rounded()) ?? -1
      case "total_steps": metric.totalSteps = max(0, Int(exactly: number.rounded()) ?? 0)
      case "loss": metric.loss = number
      case "eval_loss": metric.evalLoss = number
      case "predict_loss": metric.predictLoss = number
      case "lr": metric.learningRate = number
      case "epoch": metric.epoch = number
      case "percentage": metric.percentage = min(100, max(0, number))
      case "reward": metric.reward = number
      case "accuracy": metric.accuracy = number
      case "throughput": metric.throughput = number
      case "total_tokens": metric.totalTokens = number
      case "vram_allocated": metric.gpuMemoryAllocated = number
      case "vram_reserved": metric.gpuMemoryReserved = number
      default: break
      }
    }

    private mutating func value(depth: Int) -> Value? {
      skipSpace()
      guard position < bytes.count, depth < 16 else { return nil }
      switch bytes[position] {
      case UInt8(ascii: "\""): return string().map { .text($0) }
      case UInt8(ascii: "{"): return container(closing: "}", keyed: true, depth: depth)
      case UInt8(ascii: "["): return container(closing: "]", keyed: false, depth: depth)
      default: return word()
      }
    }

    private mutating func container(closing: Unicode.Scalar, keyed: Bool, depth: Int) -> Value? {
      position += 1
      skipSpace()
      if take(closing) { return .other }
      while true {
        skipSpace()
        if keyed {
          guard string() != nil else { return nil }
          skipSpace()
          guard take(":") else { return nil }
        }
        guard value(depth: depth + 1) != nil else { return nil }
        skipSpace()
        if take(",") { continue }
        return take(closing) ? .other : nil
      }
    }

    /// A number, or one of the words of JSON and Python.
    private mutating func word() -> Value? {
      let start = position
      while position < bytes.count, !",}] \t\r\n".utf8.contains(bytes[position]) { position += 1 }
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      switch text {
      case "NaN", "Infinity", "-Infinity", "+Infinity": return .notFinite
      case "null", "true", "false": return .other
      default:
        // Double takes more than JSON does, such as "inf" and "0x1p3".
        guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text) else {
          return nil
        }
        return number.isFinite ? .number(number) : .notFinite
      }
    }

    private mutating func string() -> String? {
      guard take("\"") else { return nil }
      var text: [UInt8] = []
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
        if byte == UInt8(ascii: "\\") {
          // The keys and durations read here hold no escapes; an escaped character is kept as it stands.
          guard position < bytes.count else { return nil }
          text.append(bytes[position])
          position += 1
        } else {
          text.append(byte)
        }
      }
      return nil
    }

    private mutating func skipSpace() {
      while position < bytes.count, " \t\r\n".utf8.contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
      guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
      position += 1
      return true
    }
  }
}
