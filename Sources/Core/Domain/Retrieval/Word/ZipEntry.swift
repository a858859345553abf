/// One file of a ZIP archive, as far as documents are packed in one.
package enum ZipEntry {
  /// Unpacks the entry piece by piece; false where the archive has none of this name, or is none.
  ///
  /// - Parameter limit: bytes of the entry, unpacked. Throws `InflateFailure`.
  package static func read(
    _ name: String, of archive: [UInt8], limit: Int, by inflating: any Inflating,
    _ take: ([UInt8]) -> Void
  ) throws(InflateFailure) -> Bool {
    guard let directory = directoryEnd(archive) else { return false }
    var place = number(archive, directory + 16, 4)
    var count = number(archive, directory + 10, 2)
    let wanted = Array(name.utf8)
    while count > 0, place + 46 <= archive.count, number(archive, place, 4) == 0x0201_4B50 {
      let nameLength = number(archive, place + 28, 2)
      let rest = number(archive, place + 30, 2) + number(archive, place + 32, 2)
      guard place + 46 + nameLength <= archive.count else { throw .damaged }
      if archive[(place + 46)..<(place + 46 + nameLength)].elementsEqual(wanted) {
        try entry(archive, at: place, limit: limit, by: inflating, take)
        return true
      }
      place += 46 + nameLength + rest
      count -= 1
    }
    return false
  }

  private static func entry(
    _ archive: [UInt8], at record: Int, limit: Int, by inflating: any Inflating,
    _ take: ([UInt8]) -> Void
  ) throws(InflateFailure) {
    let flags = number(archive, record + 8, 2)
    let method = number(archive, record + 10, 2)
    let packed = number(archive, record + 20, 4)
    let local = number(archive, record + 42, 4)
    // Encrypted ones cannot be read.
    guard flags & 1 == 0, local + 30 <= archive.count, number(archive, local, 4) == 0x0403_4B50 else {
      throw .damaged
    }
    let start = local + 30 + number(archive, local + 26, 2) + number(archive, local + 28, 2)
    guard start + packed <= archive.count else { throw .damaged }
    switch method {
    case 0:
      guard packed <= limit else { throw .tooLarge }
      take(Array(archive[start..<start + packed]))
    case 8: try inflating.unpack(archive, in: start..<start + packed, limit: limit, take)
    default: throw .damaged
    }
  }

  /// Where the record stands that ends the archive; a comment may be behind it.
  private static func directoryEnd(_ archive: [UInt8]) -> Int? {
    guard archive.count >= 22 else { return nil }
    let first = max(0, archive.count - 22 - 65_535)
    return (first...(archive.count - 22)).reversed().first { number(archive, $0, 4) == 0x0605_4B50 }
  }

  /// The lowest byte first.
  private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
    (0..<count).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
  }
}
