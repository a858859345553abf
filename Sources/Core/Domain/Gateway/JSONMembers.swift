/// Where the members of a JSON object stand in its bytes.
///
/// One pass that looks at texts and nesting only; whether the values are right JSON is for those who read them.
struct JSONMembers {
  struct Member: Equatable {
    /// Without its quotes, escapes as they stand.
    let key: Range<Int>
    /// Of a text with its quotes.
    let value: Range<Int>
  }

  private(set) var members: [Member] = []

  init() {}

  /// Nil where the bytes within `range` are no object, or more than one.
  init?(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    let range = range ?? 0..<bytes.count
    let isObject = bytes.withUnsafeBufferPointer { scan($0, range) }
    guard isObject else { return nil }
  }

  /// Finds the members of another object; false where the bytes within `range` are none, or more than one.
  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> Bool {
    members.removeAll(keepingCapacity: true)
    return scan(bytes, range)
  }

  /// The value of the last member of this name, written without escapes.
  func value(_ name: StaticString, in bytes: [UInt8]) -> Range<Int>? {
    bytes.withUnsafeBufferPointer { value(name, in: $0) }
  }

  func value(_ name: StaticString, in bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    return members.last { member in
      member.key.count == wanted.count
        && UnsafeBufferPointer(rebasing: bytes[member.key]).elementsEqual(wanted)
    }?.value
  }

  private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    var place = range.lowerBound
    let end = range.upperBound
    Self.skipSpace(bytes, &place, end)
    guard place < end, bytes[place] == UInt8(ascii: "{") else { return false }
    place += 1
    Self.skipSpace(bytes, &place, end)
    if place < end, bytes[place] == UInt8(ascii: "}") { return Self.isEnd(bytes, place + 1, end) }
    while place < end {
      let keyStart = place + 1
      guard Self.skipText(bytes, &place, end) else { return false }
      let key = keyStart..<(place - 1)
      Self.skipSpace(bytes, &place, end)
      guard place < end, bytes[place] == UInt8(ascii: ":") else { return false }
      place += 1
      Self.skipSpace(bytes, &place, end)
      let start = place
      guard Self.skipValue(bytes, &place, end), place > start else { return false }
      members.append(Member(key: key, value: start..<place))
      Self.skipSpace(bytes, &place, end)
      guard place < end else { return false }
      if bytes[place] == UInt8(ascii: "}") { return Self.isEnd(bytes, place + 1, end) }
      guard bytes[place] == UInt8(ascii: ",") else { return false }
      place += 1
      Self.skipSpace(bytes, &place, end)
    }
    return false
  }

  private static func isEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ from: Int, _ end: Int) -> Bool {
    var place = from
    skipSpace(bytes, &place, end)
    return place == end
  }

  private static func skipSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ end: Int) {
    while place < end, bytes[place] == 32 || bytes[place] == 10 || bytes[place] == 13 || bytes[place] == 9 {
      place += 1
    }
  }

  /// From a quote to behind the next.
  private static func skipText(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ end: Int) -> Bool {
    guard place < end, bytes[place] == UInt8(ascii: "\"") else { return false }
    place += 1
    while place < end, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard place < end else { return false }
    place += 1
    return true
  }

  private static func skipValue(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ end: Int) -> Bool {
    guard place < end else { return false }
    var depth = 0
    repeat {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        guard skipText(bytes, &place, end) else { return false }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        place += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { return true }
        depth -= 1
        place += 1
      case UInt8(ascii: ","), 32, 10, 13, 9:
        guard depth > 0 else { return true }
        place += 1
      default:
        place += 1
        // A bare word goes on to where it can end.
        if depth == 0 { continue }
      }
      if depth == 0, place < end, Self.ends(bytes[place]) { return true }
    } while place < end
    return depth == 0
  }

  private static func ends(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte <= 32
  }
}

/// A part of bytes that is written anew.
struct ByteEdit {
  let range: Range<Int>
  let bytes: [UInt8]

  /// The bytes with every edit made; edits do not overlap.
  static func apply(_ edits: [ByteEdit], to bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.bytes.count })
    var place = 0
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      result += bytes[place..<edit.range.lowerBound]
      result += edit.bytes
      place = edit.range.upperBound
    }
    return result + bytes[place...]
  }
}

extension JSONText {
  /// A text as JSON writes it, in its quotes.
  static func quoted(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = [34]
    for byte in text.utf8 {
      switch byte {
      case 34, 92: bytes += [92, byte]
      case 0..<32:
        let digits = String(byte, radix: 16)
        bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
      default: bytes.append(byte)
      }
    }
    return bytes + [34]
  }
}
