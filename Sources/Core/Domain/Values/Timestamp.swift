/// A moment in milliseconds since 1970 (UTC).
package struct Timestamp: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package init(seconds: Double) {
    let clamped = seconds.isFinite ? min(max(seconds, 0), 253_402_300_799) : 0
    milliseconds = Int64(clamped * 1000)
  }

  package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  package func adding(seconds: Double) -> Self {
    Self(milliseconds: milliseconds + Int64(seconds * 1000))
  }

  package func seconds(since earlier: Self) -> Double {
    Double(milliseconds - earlier.milliseconds) / 1000
  }

  /// `2026-11-21T10:00:00.000Z` (RFC 3339).
  package var iso8601: String {
    let inDay = milliseconds - daysSince1970 * 86_400_000
    let seconds = inDay / 1000
    return day + "T" + pad(seconds / 3600, 2) + ":" + pad(seconds / 60 % 60, 2) + ":" + pad(seconds % 60, 2)
      + "." + pad(inDay % 1000, 3) + "Z"
  }

  /// `2026-11-21`, UTC.
  package var day: String {
    let date = civilDate(daysSince1970: daysSince1970)
    return pad(date.year, 4) + "-" + pad(date.month, 2) + "-" + pad(date.day, 2)
  }

  private var daysSince1970: Int64 { Int64((Double(milliseconds) / 86_400_000).rounded(.down)) }
}

/// Tells the time; a test gives its own.
package struct WallClock: Sendable {
  package let now: @Sendable () -> Timestamp
  package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }
}

private func pad(_ value: Int64, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// The Gregorian date of a day number (Howard Hinnant, "chrono-compatible low-level date algorithms").
private func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
  let shifted = days + 719_468
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}
