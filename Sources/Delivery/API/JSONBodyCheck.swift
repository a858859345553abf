import Contract

/// What is refused of a JSON text before it is decoded.
///
/// The decoder takes more than JSON: a byte order mark, UTF-16 and UTF-32, a comma before a closing bracket,
/// a key given twice. One pass without recursion; whether the rest is JSON is the decoder's to say.
enum JSONBodyCheck {
  /// Lists and objects within each other.
  static let depth = 32

  private enum Level {
    case list
    case object(keys: Set<ArraySlice<UInt8>>, expectsKey: Bool)
  }

  static func check(_ bytes: [UInt8]) throws(BodyRefusal) {
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
      throw BodyRefusal(syntax: "The body begins with a byte order mark.", hint: "Send UTF-8 without it.")
    }
    // A NUL is never JSON, and tells UTF-16, which may well be valid UTF-8.
    guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
      throw BodyRefusal(syntax: "The body is not UTF-8 text.", hint: "Send UTF-8.")
    }
    var levels: [Level] = []
    var position = 0
    var isAfterComma = false
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        let end = endOfString(bytes, from: position + 1)
        if case .object(var keys, true)? = levels.last {
          // Taken out of the list, so that the set has one owner and is not copied for each key.
          levels[levels.count - 1] = .list
          let key = bytes[(position + 1)..<end]
          guard keys.insert(key).inserted else {
            throw BodyRefusal(
              syntax: "The key \"\(String(decoding: key.prefix(64), as: UTF8.self))\" is there twice.",
              hint: "Give each field once.")
          }
          levels[levels.count - 1] = .object(keys: keys, expectsKey: false)
        }
        position = end
      case UInt8(ascii: "["): levels.append(.list)
      case UInt8(ascii: "{"): levels.append(.object(keys: [], expectsKey: true))
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        guard !isAfterComma else {
          throw BodyRefusal(
            syntax: "The body has a comma before a closing bracket.", hint: "Take the comma out.")
        }
        _ = levels.popLast()
      case UInt8(ascii: ","):
        if case .object(let keys, _)? = levels.last {
          levels[levels.count - 1] = .object(keys: keys, expectsKey: true)
        }
      default: break
      }
      guard levels.count <= depth else {
        throw BodyRefusal(
          syntax: "The body is nested more than \(depth) levels deep.", hint: "Send it with fewer levels.")
      }
      if !isSpace(byte) { isAfterComma = byte == UInt8(ascii: ",") }
      position += 1
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// The place of the closing quote, or the end.
  private static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
    var position = start
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position, bytes.count)
  }
}
