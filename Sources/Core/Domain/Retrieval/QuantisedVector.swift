/// A vector of length 1, each of its numbers one byte: the nearest of many are found with a quarter of the memory, and
/// their order is that of the whole numbers but for ties.
package struct QuantisedVector: Sendable, Equatable {
  /// What one step of `values` is.
  package let scale: Float
  package let values: [Int8]

  /// Nil for a vector that has no direction: without a number, all zero, or with one that is none.
  package init?(_ vector: [Float]) {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard !vector.isEmpty, length.isFinite, length > 0 else { return nil }
    let greatest = vector.reduce(0) { max($0, abs($1)) }
    scale = greatest / length / 127
    values = vector.map { Int8(($0 / greatest * 127).rounded()) }
  }

  /// As it is stored: the scale's four bytes, the lowest first, then one for each number.
  package init?(stored bytes: [UInt8]) {
    guard bytes.count > 4 else { return nil }
    let bits = bytes[..<4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    scale = Float(bitPattern: bits)
    values = bytes[4...].map { Int8(bitPattern: $0) }
    guard scale.isFinite, scale > 0 else { return nil }
  }

  package var stored: [UInt8] {
    let bits = scale.bitPattern
    return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
      + values.map { UInt8(bitPattern: $0) }
  }
}

/// The vectors of an index, side by side in memory, searched one by one.
package struct VectorTable: Sendable {
  /// Numbers of each vector.
  package let dimensions: Int
  /// Bytes of a row: whole steps of the search, the rest zero.
  private let stride: Int
  private var values: [Int8] = []
  private var scales: [Float] = []
  private var passages: [Int64] = []

  /// Rows are as long as several of the processor's registers: no number is left over for a slower way.
  private static let step = 32

  package init(dimensions: Int) {
    self.dimensions = dimensions
    stride = (dimensions + Self.step - 1) / Self.step * Self.step
  }

  package var count: Int { passages.count }
  /// Bytes that it takes.
  package var size: Int { passages.count * (stride + 12) }

  /// Bytes that so many vectors would take.
  package static func size(of count: Int, dimensions: Int) -> Int {
    count * ((dimensions + step - 1) / step * step + 12)
  }

  package mutating func reserve(_ count: Int) {
    values.reserveCapacity(count * stride)
    scales.reserveCapacity(count)
    passages.reserveCapacity(count)
  }

  /// Adds a passage's vector; one of another size is left out.
  package mutating func add(_ vector: QuantisedVector, of passage: Int64) {
    guard vector.values.count == dimensions else { return }
    values.append(contentsOf: vector.values)
    for _ in dimensions..<stride { values.append(0) }
    scales.append(vector.scale)
    passages.append(passage)
  }

  /// The passages nearest to `vector` by the angle, the nearest first; none for a vector of another size.
  package func nearest(to vector: QuantisedVector, count: Int) -> [Int64] {
    guard vector.values.count == dimensions, count > 0 else { return [] }
    let query = vector.values.map { Int16($0) } + [Int16](repeating: 0, count: stride - dimensions)
    var best: [(score: Float, row: Int)] = []
    values.withUnsafeBufferPointer { table in
      query.withUnsafeBufferPointer { query in
        guard let table = table.baseAddress, let query = query.baseAddress else { return }
        for row in passages.indices {
          let score = Float(Self.product(table + row * stride, query, stride)) * scales[row]
          if best.count == count, score <= best[count - 1].score { continue }
          let place = best.firstIndex { $0.score < score } ?? best.count
          best.insert((score, row), at: place)
          if best.count > count { best.removeLast() }
        }
      }
    }
    return best.map { passages[$0.row] }
  }

  /// Sums the products of `count` numbers of two rows.
  ///
  /// A plain loop, which the compiler turns into the processor's instructions for many numbers at once: the question's
  /// numbers are 16 bits wide, so that eight of them are multiplied and added up in pairs by one (`pmaddwd`).
  @inline(__always)
  private static func product(
    _ table: UnsafePointer<Int8>, _ query: UnsafePointer<Int16>, _ count: Int
  ) -> Int32 {
    var sum: Int32 = 0
    var place = 0
    while place < count {
      sum &+= Int32(table[place]) &* Int32(query[place])
      place &+= 1
    }
    return sum
  }
}
