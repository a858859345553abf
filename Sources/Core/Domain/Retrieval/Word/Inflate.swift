/// Unpacks what was packed by DEFLATE (RFC 1951), up to a limit: a small file may hold a huge one.
package struct Inflate {
  package enum Failure: Error, Equatable { case damaged, tooLarge }

  private let packed: [UInt8]
  private let limit: Int
  private var place: Int
  private let end: Int
  private var bits: UInt32 = 0
  private var bitCount = 0
  private var out: [UInt8] = []

  /// The bytes that `range` of `packed` unpacks to, at most `limit`.
  package static func bytes(
    _ packed: [UInt8], in range: Range<Int>, limit: Int
  ) throws(Failure) -> [UInt8] {
    var reader = Inflate(packed, range, limit)
    return try reader.run()
  }

  private init(_ packed: [UInt8], _ range: Range<Int>, _ limit: Int) {
    self.packed = packed
    self.limit = limit
    place = range.lowerBound
    end = range.upperBound
  }

  private mutating func run() throws(Failure) -> [UInt8] {
    while true {
      let isLast = try take(1) == 1
      switch try take(2) {
      case 0: try copyStored()
      case 1:
        guard let literals = Self.fixed.literals, let distances = Self.fixed.distances else { throw .damaged }
        try block(literals, distances)
      case 2:
        let codes = try dynamicCodes()
        try block(codes.literals, codes.distances)
      default: throw .damaged
      }
      if isLast { return out }
    }
  }

  private mutating func take(_ count: Int) throws(Failure) -> Int {
    while bitCount < count {
      guard place < end else { throw .damaged }
      bits |= UInt32(packed[place]) << UInt32(bitCount)
      place += 1
      bitCount += 8
    }
    let value = bits & ((1 << UInt32(count)) - 1)
    bits >>= UInt32(count)
    bitCount -= count
    return Int(value)
  }

  private mutating func copyStored() throws(Failure) {
    bits = 0
    bitCount = 0
    guard place + 4 <= end else { throw .damaged }
    let length = Int(packed[place]) | Int(packed[place + 1]) << 8
    let check = Int(packed[place + 2]) | Int(packed[place + 3]) << 8
    place += 4
    guard length == ~check & 0xFFFF, place + length <= end else { throw .damaged }
    guard out.count + length <= limit else { throw .tooLarge }
    out += packed[place..<place + length]
    place += length
  }

  // MARK: Codes

  /// A Huffman code: how many there are of each length, and what they mean in their order.
  private struct Code {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    /// Nil for lengths that are no code.
    init?(_ lengths: ArraySlice<Int>) {
      for length in lengths { counts[length] += 1 }
      var offsets = [Int](repeating: 0, count: 17)
      var left = 1
      for length in 1..<16 {
        left = left * 2 - counts[length]
        if left < 0 { return nil }
        offsets[length + 1] = offsets[length] + counts[length]
      }
      symbols = [Int](repeating: 0, count: lengths.count)
      for (symbol, length) in lengths.enumerated() where length > 0 {
        symbols[offsets[length]] = symbol
        offsets[length] += 1
      }
      counts[0] = 0
    }
  }

  private mutating func symbol(_ code: Code) throws(Failure) -> Int {
    var (value, first, index) = (0, 0, 0)
    for length in 1..<16 {
      value |= try take(1)
      let count = code.counts[length]
      if value - count < first { return code.symbols[index + value - first] }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    throw .damaged
  }

  private mutating func block(_ literals: Code, _ distances: Code) throws(Failure) {
    while true {
      let symbol = try symbol(literals)
      if symbol < 256 {
        guard out.count < limit else { throw .tooLarge }
        out.append(UInt8(symbol))
      } else if symbol == 256 {
        return
      } else {
        guard symbol - 257 < Self.lengths.count else { throw .damaged }
        let (base, extra) = Self.lengths[symbol - 257]
        let length = base + (try take(extra))
        let far = try self.symbol(distances)
        guard far < Self.distances.count else { throw .damaged }
        let distance = Self.distances[far].base + (try take(Self.distances[far].extra))
        guard distance <= out.count else { throw .damaged }
        guard out.count + length <= limit else { throw .tooLarge }
        for _ in 0..<length { out.append(out[out.count - distance]) }
      }
    }
  }

  private mutating func dynamicCodes() throws(Failure) -> (literals: Code, distances: Code) {
    let (literalCount, distanceCount) = (try take(5) + 257, try take(5) + 1)
    let lengthCount = try take(4) + 4
    var lengths = [Int](repeating: 0, count: 19)
    for place in Self.order.prefix(lengthCount) { lengths[place] = try take(3) }
    guard literalCount <= 286, distanceCount <= 30, let code = Code(lengths[...]) else { throw .damaged }
    lengths = []
    while lengths.count < literalCount + distanceCount {
      let symbol = try symbol(code)
      var (length, times) = (symbol, 1)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw .damaged }
        (length, times) = (last, 3 + (try take(2)))
      case 17: (length, times) = (0, 3 + (try take(3)))
      case 18: (length, times) = (0, 11 + (try take(7)))
      default: break
      }
      for _ in 0..<times { lengths.append(length) }
    }
    guard lengths.count == literalCount + distanceCount, lengths[256] > 0,
      let literals = Code(lengths[..<literalCount]), let distances = Code(lengths[literalCount...])
    else { throw .damaged }
    return (literals, distances)
  }

  private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private static let fixed = (
    literals: Code((0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }[...]),
    distances: Code([Int](repeating: 5, count: 30)[...])
  )

  private static let lengths: [(base: Int, extra: Int)] = zip(
    [
      3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
      227, 258,
    ],
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
  ).map { ($0, $1) }

  private static let distances: [(base: Int, extra: Int)] = zip(
    [
      1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
      4097, 6145, 8193, 12289, 16385, 24577,
    ],
    [
      0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
  ).map { ($0, $1) }
}
