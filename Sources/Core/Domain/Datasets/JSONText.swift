/// The bytes of JSON strings.
enum JSONText {
  enum Piece: Equatable {
    /// Its length in bytes.
    case whole(Int)
    /// The bytes end within it.
    case cut
    case bad
  }

  /// Whether any of eight bytes is a quote, a backslash, a control character or part of a non-ASCII character.
  @inline(__always)
  static func stops(_ eight: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    let quotes = eight ^ (ones &* 0x22)
    let slashes = eight ^ (ones &* 0x5C)
    let found =
      ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((eight &- (ones &* 0x20)) & ~eight)
      | eight
    return found & highs != 0
  }

  /// Where the first byte stands that JSON has to write in another way, a quote, a backslash or a control character;
  /// the end where there is none.
  static func firstEscaped(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var here = start
    if let base = UnsafeRawPointer(bytes.baseAddress) {
      while here + 8 <= bytes.count {
        let eight = base.loadUnaligned(fromByteOffset: here, as: UInt64.self)
        let quotes = eight ^ (ones &* 0x22)
        let slashes = eight ^ (ones &* 0x5C)
        // Of a character that is not ASCII no byte is one of these.
        let found =
          ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
          | ((eight &- (ones &* 0x20)) & ~eight)
        if found & (ones &* 0x80) != 0 { break }
        here += 8
      }
    }
    while here < bytes.count, bytes[here] >= 0x20, bytes[here] != 0x22, bytes[here] != 0x5C { here += 1 }
    return here
  }

  /// The escape that begins at a backslash.
  static func escape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Piece {
    guard index + 1 < bytes.count else { return .cut }
    switch bytes[index + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return .whole(2)
    case UInt8(ascii: "u"):
      guard let unit = unit(bytes, at: index + 2) else { return index + 6 > bytes.count ? .cut : .bad }
      // Half of a pair alone is no character, and the trainer cannot encode it.
      if 0xDC00...0xDFFF ~= unit { return .bad }
      guard 0xD800...0xDBFF ~= unit else { return .whole(6) }
      guard index + 12 <= bytes.count else {
        let rest = bytes[min(index + 6, bytes.count)...]
        let expected: [UInt8] = [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        return zip(rest, expected).allSatisfy { $0 == $1 } ? .cut : .bad
      }
      guard bytes[index + 6] == UInt8(ascii: "\\"), bytes[index + 7] == UInt8(ascii: "u"),
        let low = self.unit(bytes, at: index + 8), 0xDC00...0xDFFF ~= low
      else { return .bad }
      return .whole(12)
    default: return .bad
    }
  }

  /// Four hexadecimal digits.
  private static func unit(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt16? {
    guard index + 4 <= bytes.count else { return nil }
    var result: UInt16 = 0
    for byte in bytes[index..<index + 4] {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x41 + 10
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: return nil
      }
      result = result << 4 | UInt16(digit)
    }
    return result
  }

  /// The character of two to four bytes that begins here (Unicode 15, table 3-7).
  @inline(__always)
  static func character(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Piece {
    let lead = bytes[index]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return .bad
    }
    guard index + 1 < bytes.count else { return .cut }
    guard second.contains(bytes[index + 1]) else { return .bad }
    var offset = 2
    while offset < length {
      guard index + offset < bytes.count else { return .cut }
      guard bytes[index + offset] & 0xC0 == 0x80 else { return .bad }
      offset += 1
    }
    return .whole(length)
  }
}

/// What is wrong with a text that should be JSON.
enum JSONFault: Sendable, Equatable {
  case truncated, expectedValue, expectedKey, expectedColon, expectedCommaOrBrace, expectedCommaOrBracket
  case badNumber, badEscape, controlCharacter, newlineInString, badUTF8, lineEnds, tooDeep, tooManyValues

  var code: String {
    switch self {
    case .truncated: "truncated"
    case .badUTF8: "invalid_utf8"
    case .tooDeep: "too_deep"
    case .tooManyValues: "row_too_large"
    default: "invalid_json"
    }
  }

  var message: String {
    switch self {
    case .truncated: "The file ends in the middle of a row."
    case .expectedValue: "A value is expected here."
    case .expectedKey: "A key in double quotes is expected here."
    case .expectedColon: "A colon is expected after the key."
    case .expectedCommaOrBrace: "A comma or a closing brace is expected here."
    case .expectedCommaOrBracket: "A comma or a closing bracket is expected here."
    case .badNumber: "This is not a number as JSON writes them."
    case .badEscape: "This backslash begins no escape that JSON knows."
    case .controlCharacter: "A string holds a raw control character."
    case .newlineInString: "A string goes over the end of the line."
    case .badUTF8: "These bytes are not UTF-8 text."
    case .lineEnds: "The line ends in the middle of its row."
    case .tooDeep: "Lists and objects stand too deep within each other."
    case .tooManyValues: "The row holds too many values."
    }
  }

  var hint: String {
    switch self {
    case .truncated: "The upload or the export was cut short: check the end of the file."
    case .expectedKey: "Names stand in double quotes, and no comma stands before a closing brace."
    case .expectedValue:
      "Texts stand in double quotes; no comma stands before a closing bracket; NaN is no JSON."
    case .badEscape: "Write a backslash as \\\\."
    case .controlCharacter, .newlineInString:
      "Write a line break as \\n and a tab as \\t, or export with a JSON library."
    case .badUTF8: "Save the file as UTF-8."
    case .lineEnds: "In JSON lines every row stands on one line."
    case .tooDeep, .tooManyValues: "Is this a dataset? Rows are flat, or hold one list of messages."
    default: "Export the file with a JSON library rather than by hand."
    }
  }
}
