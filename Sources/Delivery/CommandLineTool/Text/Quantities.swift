import Glibc

/// Sizes, times and numbers as a person reads them.
enum Quantity {
  /// `1.4 MB`, in powers of 1000.
  static func size(_ bytes: Int64) -> String {
    if bytes < 1000 { return "\(bytes) B" }
    var value = Double(bytes)
    var unit = "B"
    for next in ["kB", "MB", "GB", "TB", "PB"] where value >= 999.5 {
      value /= 1000
      unit = next
    }
    return printed(value < 9.95 ? "%.1f" : "%.0f", value) + " " + unit
  }

  /// `1 row`, `2 rows`; for nouns whose plural has an s.
  static func count(_ number: some BinaryInteger, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// `1:02:03`, or `2:03`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "-" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    let tail = (rest < 10 ? "0" : "") + "\(rest)"
    return hours == 0
      ? "\(minutes):\(tail)" : "\(hours):" + (minutes < 10 ? "0" : "") + "\(minutes):\(tail)"
  }

  /// The server's time (ISO 8601, UTC) as local time, `2026-03-01 14:05`; the text itself if it is no time.
  static func localTime(_ iso8601: String?) -> String {
    guard let iso8601 else { return "-" }
    let numbers = iso8601.split { !$0.isASCII || !$0.isNumber }.compactMap { Int32($0) }
    guard numbers.count >= 6, iso8601.hasSuffix("Z"), iso8601.utf8.count <= 32 else {
      return Printable.line(iso8601)
    }
    var utc = tm()
    utc.tm_year = numbers[0] - 1900
    utc.tm_mon = numbers[1] - 1
    utc.tm_mday = numbers[2]
    utc.tm_hour = numbers[3]
    utc.tm_min = numbers[4]
    utc.tm_sec = numbers[5]
    var seconds = timegm(&utc)
    var local = tm()
    localtime_r(&seconds, &local)
    return printed(
      "%04d-%02d-%02d %02d:%02d", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour,
      local.tm_min)
  }

  static func loss(_ value: Double?) -> String { value.map { printed("%.4f", $0) } ?? "-" }

  static func learningRate(_ value: Double?) -> String { value.map { printed("%.2e", $0) } ?? "-" }

  static func percentage(_ value: Double) -> String { printed("%3.0f%%", value) }

  /// C's `printf`; `format` is always a literal that fits its values.
  static func printed(_ format: String, _ values: any CVarArg...) -> String {
    withVaList(values) { list in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
        let length = vsnprintf(buffer.baseAddress, buffer.count, format, list)
        let bytes = buffer.prefix(max(0, min(Int(length), buffer.count - 1))).map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
      }
    }
  }
}
