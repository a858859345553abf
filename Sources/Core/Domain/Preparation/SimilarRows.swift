/// Finds rows whose texts are much like those of a row before, by MinHash: the share of equal signs in two signatures
/// is about the share of runs of five characters that the texts have in common.
///
/// The signatures are put into bands, and only rows with a band in common are compared.
struct SimilarRows: Sendable {
  private static let signs = 64
  private static let bands = 16
  private static let run = 5
  /// Rows with one band in common that are compared at most.
  private static let candidates = 64
  /// Each row takes about 600 bytes.
  static let mostRows = 400_000

  private let threshold: Double
  private let columns: [JSONRow.Name]?
  private var signatures: [UInt8] = []
  /// Of each band of each signature, the signature before with the same band; -1 is none.
  private var before: [Int32] = []
  /// By the hash of a band, the last signature that has it.
  private var heads: [UInt64: Int32] = [:]

  init(_ threshold: Double, by columns: [String]?) {
    self.threshold = threshold
    self.columns = columns.map { $0.map { .init($0) } }
  }

  /// True where a row before is alike; else it is kept to compare with.
  mutating func isSimilar(_ row: SourceRow) -> Bool {
    let texts = columns.map { $0.flatMap { row.texts(of: $0) } } ?? row.texts(of: nil)
    guard let signature = Self.signature(of: texts) else { return false }
    let keys = (0..<Self.bands).map { Self.key(of: $0, in: signature) }
    for (band, key) in keys.enumerated() {
      var candidate = heads[key] ?? -1
      var compared = 0
      while candidate >= 0, compared < Self.candidates {
        if isAlike(signature, Int(candidate)) { return true }
        candidate = before[Int(candidate) * Self.bands + band]
        compared += 1
      }
    }
    let number = Int32(signatures.count / Self.signs)
    signatures += signature
    for key in keys {
      before.append(heads[key] ?? -1)
      heads[key] = number
    }
    return false
  }

  private func isAlike(_ signature: [UInt8], _ other: Int) -> Bool {
    let start = other * Self.signs
    var same = 0
    for index in 0..<Self.signs where signatures[start + index] == signature[index] { same += 1 }
    return Double(same) >= threshold * Double(Self.signs)
  }

  private static func key(of band: Int, in signature: [UInt8]) -> UInt64 {
    let width = signs / bands
    var key = UInt64(band)
    for sign in signature[(band * width)..<((band + 1) * width)] { key = key << 8 | UInt64(sign) }
    return key
  }

  /// A byte for each of 64 shares of all runs: of the smallest hash in it; a share without one takes its neighbour's.
  ///
  /// Letters count in lower case, and white space as one blank. Nil where there is nothing to compare.
  private static func signature(of texts: [String]) -> [UInt8]? {
    var least = [UInt64](repeating: .max, count: signs)
    var isEmpty = true
    for text in texts {
      var window: [UInt64] = []
      func take() {
        let hash = window.reduce(0xCBF2_9CE4_8422_2325) { RowHash.mixed($0 ^ $1) }
        let share = Int(hash >> 58)
        least[share] = min(least[share], hash & ((1 << 58) - 1))
        isEmpty = false
      }
      var isBlank = true
      for scalar in text.lowercased().unicodeScalars {
        let isSpace = ScalarSet.space.contains(scalar)
        if isSpace, isBlank { continue }
        isBlank = isSpace
        window.append(isSpace ? 0x20 : UInt64(scalar.value))
        if window.count < run { continue }
        take()
        window.removeFirst()
      }
      if window.count < run, !window.isEmpty, text.unicodeScalars.count < run { take() }
    }
    guard !isEmpty else { return nil }
    return (0..<signs).map { share in
      var place = share
      while least[place] == .max { place = (place + 1) % signs }
      return UInt8(truncatingIfNeeded: RowHash.mixed(least[place] &+ UInt64(place == share ? 0 : share)))
    }
  }
}
