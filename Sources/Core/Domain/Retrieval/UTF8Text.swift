/// Checks bytes without making a string of them.
package enum UTF8Text {
  /// Whether they are text in UTF-8 without a NUL, which no database keeps.
  package static func isValid(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      var place = 0
      while place < bytes.count {
        let first = bytes[place]
        if first < 0x80 {
          if first == 0 { return false }
          place += 1
          continue
        }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard (0xC2...0xF4).contains(first), place + length <= bytes.count else { return false }
        let second = bytes[place + 1]
        let bounds: ClosedRange<UInt8> =
          switch first {
          case 0xE0: 0xA0...0xBF
          case 0xED: 0x80...0x9F
          case 0xF0: 0x90...0xBF
          case 0xF4: 0x80...0x8F
          default: 0x80...0xBF
          }
        guard bounds.contains(second) else { return false }
        for next in 2..<max(2, length) where bytes[place + next] & 0xC0 != 0x80 { return false }
        place += length
      }
      return true
    }
  }
}
