/// Texts with a NUL, which PostgreSQL's cannot hold.
///
/// A character for private use says that the next one is not as it seems: `0` a NUL, `1` the character itself.
enum NULText {
  private static let mark = Array("\u{F8F8}".utf8)

  /// The bytes to store.
  static func stored(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.contains(0) || contains(bytes[...]) else { return bytes }
    var stored: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.first {
      if byte == 0 {
        stored += mark + [UInt8(ascii: "0")]
        rest.removeFirst()
      } else if rest.starts(with: mark) {
        stored += mark + [UInt8(ascii: "1")]
        rest.removeFirst(mark.count)
      } else {
        stored.append(byte)
        rest.removeFirst()
      }
    }
    return stored
  }

  /// The text that was stored; what no `stored` has made is given as it is.
  static func read(_ bytes: UnsafeRawBufferPointer) -> String {
    guard contains(Array(bytes)[...]) else { return String(decoding: bytes, as: UTF8.self) }
    var text: [UInt8] = []
    var rest = Array(bytes)[...]
    while let byte = rest.first {
      if rest.starts(with: mark), let kind = rest.dropFirst(mark.count).first, kind == 0x30 || kind == 0x31 {
        text += kind == 0x30 ? [0] : mark
        rest.removeFirst(mark.count + 1)
      } else {
        text.append(byte)
        rest.removeFirst()
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func contains(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while let place = rest.firstIndex(of: mark[0]) {
      rest = rest[place...]
      if rest.starts(with: mark) { return true }
      rest.removeFirst()
    }
    return false
  }
}
