/// Passes on the bytes of an event stream by whole events, so that one that breaks off can be ended by an event more.
package struct WholeEvents: Sendable {
  /// What came since the end of the last event.
  package private(set) var rest: [UInt8] = []

  package init() {}

  /// The events that are whole now, with their empty lines, and comments between them, which keep a connection alive; may be
  /// none.
  package mutating func take(_ bytes: [UInt8]) -> [UInt8] {
    rest += bytes
    var end = Self.end(of: rest) ?? 0
    while end < rest.count, rest[end] == UInt8(ascii: ":"), let line = rest[end...].firstIndex(of: 10) {
      end = line + 1
    }
    guard end > 0 else { return [] }
    let whole = Array(rest[..<end])
    rest.removeFirst(end)
    return whole
  }

  /// Where the last empty line ends, whatever ends the lines: LF or CRLF.
  private static func end(of bytes: [UInt8]) -> Int? {
    var place = bytes.count - 1
    while place > 0 {
      if bytes[place] == 10 {
        let before = bytes[place - 1]
        if before == 10 || (before == 13 && place > 1 && bytes[place - 2] == 10) { return place + 1 }
      }
      place -= 1
    }
    return nil
  }
}
