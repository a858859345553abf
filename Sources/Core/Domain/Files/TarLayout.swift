/// How files look as a tar archive (pax) with one folder, before a byte of them is read.
package struct TarLayout: Sendable {
  /// What the archive is made of, one after the other.
  package enum Part: Sendable, Equatable {
    case bytes([UInt8])
    /// Bytes of a file.
    case file(Int, Range<Int64>)

    package var size: Int64 {
      switch self {
      case .bytes(let bytes): Int64(bytes.count)
      case .file(_, let range): range.upperBound - range.lowerBound
      }
    }
  }

  private static let block = 512
  /// The size that archives are filled up to a multiple of.
  private static let record: Int64 = 10_240

  /// Bytes of the archive.
  package let size: Int64
  private let parts: [Part]

  /// - Parameters:
  ///   - folder: the folder that all files are in.
  ///   - files: their names are paths within it.
  package init(folder: String, files: [ArchivedFile]) {
    var parts: [Part] = []
    var size: Int64 = 0
    for (index, file) in files.enumerated() {
      let path = Array("\(folder)/\(file.name)".utf8)
      let head = Self.head(path, file)
      parts += [.bytes(head), .file(index, 0..<file.size)]
      let filling = Self.filling(file.size, Int64(Self.block))
      if filling > 0 { parts.append(.bytes([UInt8](repeating: 0, count: filling))) }
      size += Int64(head.count) + file.size + Int64(filling)
    }
    let end = 2 * Self.block
    let filling = Self.filling(size + Int64(end), Self.record)
    parts.append(.bytes([UInt8](repeating: 0, count: end + filling)))
    self.parts = parts
    self.size = size + Int64(end + filling)
  }

  /// What bytes `range` of the archive are made of.
  package func parts(of range: Range<Int64>) -> [Part] {
    var (found, start): ([Part], Int64) = ([], 0)
    for part in parts {
      let (first, last) = (
        max(range.lowerBound, start) - start, min(range.upperBound, start + part.size) - start
      )
      if first < last {
        switch part {
        case .bytes(let bytes): found.append(.bytes(Array(bytes[Int(first)..<Int(last)])))
        case .file(let index, _): found.append(.file(index, first..<last))
        }
      }
      start += part.size
    }
    return found
  }

  private static func filling(_ size: Int64, _ unit: Int64) -> Int { Int((unit - size % unit) % unit) }

  private static func head(_ path: [UInt8], _ file: ArchivedFile) -> [UInt8] {
    // What the old fields cannot hold stands in a record before: long names, other letters, 8 GiB and more.
    var extra: [UInt8] = []
    if path.count > 100 || path.contains(where: { $0 >= 128 }) { extra += pax("path", path) }
    if file.size >= 1 << 33 { extra += pax("size", Array(String(file.size).utf8)) }
    let (size, seconds) = (file.size < 1 << 33 ? file.size : 0, max(0, file.modified / 1000))
    let own = header(Array(path.suffix(100)), size: size, modified: seconds, kind: "0")
    if extra.isEmpty { return own }
    let about = header(Array("pax".utf8), size: Int64(extra.count), modified: seconds, kind: "x")
    let filling = [UInt8](repeating: 0, count: filling(Int64(extra.count), Int64(block)))
    return about + extra + filling + own
  }

  /// A record begins with its own length, the digits of that included.
  private static func pax(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
    var length = rest.count
    while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
    return Array(String(length).utf8) + rest
  }

  private static func header(_ name: [UInt8], size: Int64, modified: Int64, kind: Character) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: block)
    func put(_ bytes: some Collection<UInt8>, at offset: Int) {
      block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    func octal(_ value: Int64, _ digits: Int) -> [UInt8] {
      let text = String(value, radix: 8)
      return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
    }
    put(name, at: 0)
    put(octal(0o600, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(octal(size, 11), at: 124)
    put(octal(min(modified, 0o777_7777_7777), 11), at: 136)
    put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
    put(String(kind).utf8, at: 156)
    put(Array("ustar\u{0}00".utf8), at: 257)
    let sum = block.reduce(Int64(0)) { $0 + Int64($1) }
    put(octal(sum, 6) + [0, UInt8(ascii: " ")], at: 148)
    return block
  }
}
