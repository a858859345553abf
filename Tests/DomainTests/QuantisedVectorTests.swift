import Domain
import Testing

/// Vectors of one byte a number, and the nearest of many.
@Suite struct QuantisedVectorTests {
  /// The same numbers at every run.
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  private static func vectors(_ count: Int, _ size: Int, seed: UInt64) -> [[Float]] {
    var numbers = Numbers(state: seed)
    return (0..<count).map { _ in (0..<size).map { _ in Float.random(in: -1...1, using: &numbers) } }
  }

  private static func cosine(_ left: [Float], _ right: [Float]) -> Float {
    func length(_ vector: [Float]) -> Float { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    return zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } / length(left) / length(right)
  }

  @Test(arguments: [1, 3, 32, 33, 384])
  func `the nearest are those of the whole numbers`(size: Int) throws {
    let vectors = Self.vectors(300, size, seed: UInt64(size))
    var table = VectorTable(dimensions: size)
    for (place, vector) in vectors.enumerated() {
      table.add(try #require(QuantisedVector(vector)), of: Int64(place + 1000))
    }
    #expect(table.count == 300)
    for question in Self.vectors(5, size, seed: 99) {
      let best = vectors.map { Self.cosine($0, question) }
      let found = table.nearest(to: try #require(QuantisedVector(question)), count: 10)
      #expect(Set(found).count == 10)
      // A byte is not exact: each that was found is as near as the tenth, but for the rounding.
      let tenth = best.sorted(by: >)[9]
      for number in found { #expect(best[Int(number) - 1000] > tenth - 0.02) }
      for (first, second) in zip(found, found.dropFirst()) {
        #expect(best[Int(first) - 1000] > best[Int(second) - 1000] - 0.02)
      }
    }
  }

  @Test func `the length of a vector means nothing`() throws {
    var table = VectorTable(dimensions: 2)
    table.add(try #require(QuantisedVector([1, 0.1])), of: 1)
    table.add(try #require(QuantisedVector([-1000, 900])), of: 2)
    table.add(try #require(QuantisedVector([0.001, 0.0005])), of: 3)
    #expect(table.nearest(to: try #require(QuantisedVector([5, 2.5])), count: 9) == [3, 1, 2])
  }

  @Test func `the greatest numbers there are do not run over`() throws {
    let all = [Float](repeating: 1, count: 16_384)
    var table = VectorTable(dimensions: all.count)
    table.add(try #require(QuantisedVector(all.map { -$0 })), of: 1)
    table.add(try #require(QuantisedVector(all)), of: 2)
    #expect(table.nearest(to: try #require(QuantisedVector(all)), count: 2) == [2, 1])
  }

  @Test func `a vector is stored as it is, and what is none is refused`() throws {
    let vector = try #require(QuantisedVector([0.25, -1, 0.5]))
    #expect(QuantisedVector(stored: vector.stored) == vector)
    #expect(vector.stored.count == 7)
    for wrong in [[], [0, 0], [.nan, 1], [.infinity, 1]] as [[Float]] {
      #expect(QuantisedVector(wrong) == nil)
    }
    for wrong in [[], [0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0xC0, 0x7F, 1]] as [[UInt8]] {
      #expect(QuantisedVector(stored: wrong) == nil)
    }
  }

  @Test func `vectors of another size are neither taken nor found`() throws {
    var table = VectorTable(dimensions: 3)
    table.add(try #require(QuantisedVector([1, 2])), of: 1)
    #expect(table.count == 0)
    table.add(try #require(QuantisedVector([1, 2, 3])), of: 2)
    #expect(table.nearest(to: try #require(QuantisedVector([1, 2])), count: 1).isEmpty)
  }
}
