/// Parses one JSON value (RFC 8259, nothing more lenient) from bytes that may end before it does.
///
/// The value's tokens are left in `tokens`, and in `lines` how far lines and characters were counted. A value that
/// is cut off by the end of the bytes is parsed again from its start when more bytes have come: rows are small
/// beside the pieces they come in, and the inspector doubles its waiting for those that are not.
struct JSONRowParser: Sendable {
  enum Outcome: Equatable {
    /// The offset behind the value.
    case value(end: Int)
    case incomplete
    case failure(JSONFault, at: Int)
  }

  /// Lines and characters, counted from where the parse began.
  struct Lines: Equatable {
    var newlines = 0
    /// Offset behind the last newline; the start where there is none.
    var lineStart = 0
    /// Bytes since `lineStart` that continue a character.
    var continuations = 0
  }

  let depthLimit: Int
  let tokenLimit: Int
  private(set) var tokens: ContiguousArray<JSONToken> = []
  private(set) var lines = Lines()
  private var isFinal = true
  /// The tokens of what is open; kept for the next value.
  private var openers: [Int] = []

  init(limits: DatasetLimits) {
    depthLimit = limits.depth
    tokenLimit = limits.rowValues
  }

  /// - Parameters:
  ///   - isFinal: no more bytes will come.
  ///   - endsAtNewline: a newline inside the value is a fault, as in JSON lines.
  mutating func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isFinal: Bool, endsAtNewline: Bool
  ) -> Outcome {
    tokens.removeAll(keepingCapacity: true)
    self.isFinal = isFinal
    lines = Lines(newlines: 0, lineStart: start, continuations: 0)
    var position = start
    do throws(Stop) {
      try value(bytes, &position, row: start, endsAtNewline)
      return .value(end: position)
    } catch {
      switch error {
      case .end: return isFinal ? .failure(.truncated, at: bytes.count) : .incomplete
      case .fault(let fault): return .failure(fault, at: position)
      }
    }
  }

  private enum Stop: Error {
    case end
    case fault(JSONFault)
  }

  private mutating func value(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, row: Int, _ endsAtNewline: Bool
  ) throws(Stop) {
    // One bit a level: 1 for an object.
    var kinds: UInt64 = 0
    var depth = 0
    openers.removeAll(keepingCapacity: true)
    while true {
      // A value is due.
      try skipSpace(bytes, &position, endsAtNewline)
      var isOpen = false
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        try string(bytes, &position, row: row, kind: .string)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard depth < depthLimit else { throw .fault(.tooDeep) }
        let isObject = bytes[position] == UInt8(ascii: "{")
        openers.append(tokens.count)
        try append(isObject ? .object : .array, position - row)
        kinds = (kinds << 1) | (isObject ? 1 : 0)
        depth += 1
        position += 1
        isOpen = true
      case UInt8(ascii: "t"): try word("true", .bool, bytes, &position, row)
      case UInt8(ascii: "f"): try word("false", .bool, bytes, &position, row)
      case UInt8(ascii: "n"): try word("null", .null, bytes, &position, row)
      default: try number(bytes, &position, row)
      }

      // Behind a value or an opening bracket: close what ends here, or go on to the next value.
      while true {
        if depth == 0 { return }
        try skipSpace(bytes, &position, endsAtNewline)
        let isObject = kinds & 1 == 1
        let byte = bytes[position]
        if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          position += 1
          kinds >>= 1
          depth -= 1
          let opener = openers.removeLast()
          tokens[opener].end = Int32(position - row)
          tokens[opener].next = Int32(tokens.count)
          isOpen = false
          continue
        }
        if !isOpen {
          guard byte == UInt8(ascii: ",") else {
            throw .fault(isObject ? .expectedCommaOrBrace : .expectedCommaOrBracket)
          }
          position += 1
          try skipSpace(bytes, &position, endsAtNewline)
        }
        if isObject { try key(bytes, &position, row: row, endsAtNewline) }
        break
      }
    }
  }

  private mutating func key(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, row: Int, _ endsAtNewline: Bool
  ) throws(Stop) {
    guard bytes[position] == UInt8(ascii: "\"") else { throw .fault(.expectedKey) }
    position += 1
    try string(bytes, &position, row: row, kind: .key)
    try skipSpace(bytes, &position, endsAtNewline)
    guard bytes[position] == UInt8(ascii: ":") else { throw .fault(.expectedColon) }
    position += 1
  }

  /// Ends on a byte that is no space, or throws.
  @inline(__always)
  private mutating func skipSpace(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ endsAtNewline: Bool
  ) throws(Stop) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0D: position += 1
      case 0x0A:
        if endsAtNewline { throw .fault(.lineEnds) }
        position += 1
        lines.newlines += 1
        lines.lineStart = position
        lines.continuations = 0
      default: return
      }
    }
    throw .end
  }

  private mutating func append(
    _ kind: JSONToken.Kind, _ start: Int, end: Int = 0, escape: Bool = false, characters: Int = 0,
    wide: Int = 0
  ) throws(Stop) {
    guard tokens.count < tokenLimit else { throw .fault(.tooManyValues) }
    tokens.append(
      JSONToken(
        kind: kind, hasEscape: escape, start: Int32(truncatingIfNeeded: start),
        end: Int32(truncatingIfNeeded: end), characters: Int32(truncatingIfNeeded: characters),
        wide: Int32(truncatingIfNeeded: wide), next: Int32(tokens.count + 1)))
  }

  private mutating func word(
    _ text: StaticString, _ kind: JSONToken.Kind, _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int,
    _ row: Int
  ) throws(Stop) {
    for offset in 0..<text.utf8CodeUnitCount {
      guard position + offset < bytes.count else { throw .end }
      guard bytes[position + offset] == text.utf8Start[offset] else { throw .fault(.expectedValue) }
    }
    let end = position + text.utf8CodeUnitCount
    try append(kind, position - row, end: end - row)
    position = end
  }

  private mutating func number(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ row: Int
  ) throws(Stop) {
    var end = position
    func digits() throws(Stop) {
      let first = end
      while end < bytes.count, bytes[end] &- 0x30 < 10 { end += 1 }
      guard end < bytes.count || end > first else { throw .end }
      guard end > first else {
        position = end
        throw .fault(.badNumber)
      }
    }
    if bytes[end] == UInt8(ascii: "-") { end += 1 }
    guard end < bytes.count else { throw .end }
    guard bytes[end] &- 0x30 < 10 else {
      let isSigned = end > position
      position = end
      throw .fault(isSigned ? .badNumber : .expectedValue)
    }
    if bytes[end] == UInt8(ascii: "0") { end += 1 } else { try digits() }
    if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
      end += 1
      try digits()
    }
    if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
      end += 1
      if end < bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-") { end += 1 }
      try digits()
    }
    // A number has no end of its own: what follows tells.
    if end == bytes.count, !isFinal { throw .end }
    if end < bytes.count, Self.continuesWord(bytes[end]) {
      position = end
      throw .fault(.badNumber)
    }
    try append(.number, position - row, end: end - row)
    position = end
  }

  private static func continuesWord(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
  }

  /// From behind the opening quote to behind the closing one.
  private mutating func string(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, row: Int, kind: JSONToken.Kind
  ) throws(Stop) {
    let start = position
    var here = position
    var continuations = 0
    var escapes = 0
    var wide = 0
    let count = bytes.count
    let base = UnsafeRawPointer(bytes.baseAddress)
    while true {
      // Eight plain characters at a time.
      while here + 8 <= count, let base {
        let eight = base.loadUnaligned(fromByteOffset: here, as: UInt64.self)
        if JSONText.stops(eight) { break }
        here += 8
      }
      guard here < count else { throw .end }
      let byte = bytes[here]
      switch byte {
      case UInt8(ascii: "\""):
        lines.continuations += continuations
        let characters = here - start - continuations - escapes
        try append(
          kind, start - row, end: here - row, escape: escapes > 0, characters: characters, wide: wide)
        position = here + 1
        return
      case UInt8(ascii: "\\"):
        guard here + 1 < count else { throw .end }
        switch JSONText.escape(bytes, at: here) {
        case .whole(let length):
          escapes += length - 1
          // \u1000 and beyond; what is between U+0800 and there is too rare to be looked at.
          if length >= 6, bytes[here + 2] != UInt8(ascii: "0") { wide += 1 }
          here += length
        case .cut: throw .end
        case .bad:
          lines.continuations += continuations
          position = here
          throw .fault(.badEscape)
        }
      case 0..<0x20:
        lines.continuations += continuations
        position = here
        throw .fault(byte == 0x0A || byte == 0x0D ? .newlineInString : .controlCharacter)
      case 0x20..<0x80: here += 1
      default:
        switch JSONText.character(bytes, at: here) {
        case .whole(let length):
          continuations += length - 1
          if length >= 3 { wide += 1 }
          here += length
        case .cut: throw .end
        case .bad:
          lines.continuations += continuations
          position = here
          throw .fault(.badUTF8)
        }
      }
    }
  }
}
