/// Byte classes of RFC 9110 and RFC 3986, as tables.
enum Grammar {
  static let carriageReturn: UInt8 = 13
  static let lineFeed: UInt8 = 10
  static let space: UInt8 = 32
  static let tab: UInt8 = 9

  private static func table(_ members: String) -> [Bool] {
    var table = [Bool](repeating: false, count: 256)
    for byte in members.utf8 { table[Int(byte)] = true }
    return table
  }

  private static let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  private static let tokens = table("!#$%&'*+-.^_`|~" + alphanumerics)
  private static let unreserved = table("-._~" + alphanumerics)
  private static let hostBytes = table("-._~!$&'()*+,;=%:[]" + alphanumerics)

  /// `tchar`: what a method, a field name or a parameter name is made of.
  static func isToken(_ byte: UInt8) -> Bool { tokens[Int(byte)] }

  static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { tokens[Int($0)] }
  }

  /// What needs no percent sign in a URI (RFC 3986 section 2.3).
  static func isUnreserved(_ byte: UInt8) -> Bool { unreserved[Int(byte)] }

  /// What a Host value may be made of: names, addresses in brackets, a port.
  ///
  /// No space, slash, at sign or control.
  static func isHost(_ byte: UInt8) -> Bool { hostBytes[Int(byte)] }

  /// What a field value may be made of: no control character but the tab.
  static func isFieldValue(_ byte: UInt8) -> Bool { (byte >= 32 && byte != 127) || byte == tab }

  static func hexDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case 48...57: Int(byte) - 48
    case 65...70: Int(byte) - 55
    case 97...102: Int(byte) - 87
    default: nil
    }
  }

  static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }

  static func equalIgnoringCase(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
  }

  /// Without the blanks around it.
  static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    var bytes = bytes
    while let first = bytes.first, first == space || first == tab { bytes.removeFirst() }
    while let last = bytes.last, last == space || last == tab { bytes.removeLast() }
    return bytes
  }

  /// Whether bytes are `word`, without regard to case.
  static func matches(_ bytes: Slice<UnsafeRawBufferPointer>, _ word: StaticString) -> Bool {
    equalIgnoringCase(bytes, UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// A Content-Length; 18 digits always fit.
  static func length(_ value: Slice<UnsafeRawBufferPointer>) -> Int64? {
    guard !value.isEmpty, value.count <= 18, value.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    return value.reduce(0) { $0 * 10 + Int64($1 - 48) }
  }
}

/// Percent encoding and decoding.
package enum PercentCoding {
  /// Decodes `%XX`, strictly: nil for a broken escape or bytes that are not UTF-8.
  package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.next().flatMap(Grammar.hexDigit),
          let low = rest.next().flatMap(Grammar.hexDigit)
        else { return nil }
        bytes.append(UInt8(high << 4 | low))
      } else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? Grammar.space : byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Encodes everything but letters, digits and `-._~`: safe in a path segment, a query name or a query
  /// value.
  package static func encode(_ text: some StringProtocol) -> String {
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      if Grammar.isUnreserved(byte) {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(hex[Int(byte >> 4)])
        encoded.append(hex[Int(byte & 15)])
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// Whether a byte stands for itself in a path: a letter, a digit or one of `-._~`.
  package static func isPlain(_ byte: UInt8) -> Bool { Grammar.isUnreserved(byte) }

  private static let hex = Array("0123456789ABCDEF".utf8)
}
