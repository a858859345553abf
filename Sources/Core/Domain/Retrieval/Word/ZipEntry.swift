/// One file of a ZIP archive, as far as documents are packed in one (APPNOTE.TXT 6.3, without ZIP64).
package enum ZipEntry {
  /// Bytes of an entry as it is packed, and of the list of entries: they are held while they are read, what lies between
  /// them is not.
  private static let mostHeld = 16 << 20

  /// Unpacks the entry piece by piece; false where the archive has none of this name, or is none.
  ///
  /// - Parameter limit: bytes of the entry, unpacked. Throws `ZipFailure`.
  package static func read(
    _ name: String, of archive: any RangeReading, limit: Int, by inflating: any Inflating,
    _ take: ([UInt8]) -> Void
  ) async throws(ZipFailure) -> Bool {
    guard let end = try await directoryEnd(archive) else { return false }
    let start = number(end, 16, 4)
    let length = min(Int(archive.size) - start, number(end, 12, 4))
    guard length <= mostHeld else { throw .unpacking(.damaged) }
    guard length > 0 else { return false }
    let directory = try await bytes(archive, start, length)
    var place = 0
    var count = number(end, 10, 2)
    let wanted = Array(name.utf8)
    while count > 0, place + 46 <= directory.count, number(directory, place, 4) == 0x0201_4B50 {
      let nameLength = number(directory, place + 28, 2)
      let rest = number(directory, place + 30, 2) + number(directory, place + 32, 2)
      guard place + 46 + nameLength <= directory.count else { throw .unpacking(.damaged) }
      if directory[(place + 46)..<(place + 46 + nameLength)].elementsEqual(wanted) {
        try await entry(archive, directory, at: place, limit: limit, by: inflating, take)
        return true
      }
      place += 46 + nameLength + rest
      count -= 1
    }
    return false
  }

  private static func entry(
    _ archive: any RangeReading, _ directory: [UInt8], at record: Int, limit: Int,
    by inflating: any Inflating, _ take: ([UInt8]) -> Void
  ) async throws(ZipFailure) {
    let flags = number(directory, record + 8, 2)
    let method = number(directory, record + 10, 2)
    let length = number(directory, record + 20, 4)
    let place = number(directory, record + 42, 4)
    // Encrypted ones cannot be read.
    guard flags & 1 == 0, place + 30 <= archive.size else { throw .unpacking(.damaged) }
    let local = try await bytes(archive, place, 30)
    let start = place + 30 + number(local, 26, 2) + number(local, 28, 2)
    guard number(local, 0, 4) == 0x0403_4B50, start + length <= archive.size else {
      throw .unpacking(.damaged)
    }
    guard length <= mostHeld else { throw .unpacking(.tooLarge) }
    let packed = try await bytes(archive, start, length)
    switch method {
    case 0:
      guard length <= limit else { throw .unpacking(.tooLarge) }
      take(packed)
    case 8:
      do throws(InflateFailure) {
        try inflating.unpack(packed, in: 0..<length, limit: limit, take)
      } catch { throw .unpacking(error) }
    default: throw .unpacking(.damaged)
    }
  }

  /// The record that ends the archive; a comment may be behind it.
  private static func directoryEnd(_ archive: any RangeReading) async throws(ZipFailure) -> [UInt8]? {
    let length = Int(min(archive.size, 22 + 65_535))
    guard length >= 22 else { return nil }
    let tail = try await bytes(archive, Int(archive.size) - length, length)
    guard let place = (0...(length - 22)).reversed().first(where: { number(tail, $0, 4) == 0x0605_4B50 })
    else { return nil }
    return Array(tail[place..<(place + 22)])
  }

  private static func bytes(
    _ archive: any RangeReading, _ start: Int, _ count: Int
  ) async throws(ZipFailure) -> [UInt8] {
    do throws(DomainError) {
      return try await archive.bytes(Int64(start)..<Int64(start + count))
    } catch { throw .reading(error) }
  }

  /// The lowest byte first.
  private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
    (0..<count).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
  }
}

/// Why an entry could not be read: by what is in the archive, or by the disk that it lies on.
package enum ZipFailure: Error {
  case unpacking(InflateFailure)
  case reading(DomainError)
}
