/// Dates as HTTP writes them.
package enum HTTPDate {
  /// `Sun, 06 Nov 1994 08:49:37 GMT` for seconds since 1970.
  package static func format(unixSeconds: Int64) -> String {
    let days = (unixSeconds >= 0 ? unixSeconds : unixSeconds - 86399) / 86400
    let second = Int(unixSeconds - days * 86400)
    let (year, month, day) = civil(fromDays: days)
    let weekday = Int(((days % 7) + 11) % 7)
    return "\(weekdays[weekday]), \(two(day)) \(months[month - 1]) \(year)"
      + " \(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// The Gregorian date of a day count: years begin in March here, so that the leap day comes last.
  private static func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    return (Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month, day)
  }
}
