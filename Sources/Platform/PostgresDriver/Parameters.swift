import CPostgres
import SQLAccess

/// Values in PostgreSQL's binary form, in one piece of memory.
///
/// Each says its type, so that what a statement means does not hang on what the server would guess; NULL says none.
struct Parameters {
  /// What libpq is lent.
  struct Lent {
    let count: Int32
    let types: [Oid]
    let values: [UnsafePointer<CChar>?]
    let lengths: [Int32]
    let formats: [Int32]
  }

  private(set) var types: [Oid] = []
  private var bytes: [UInt8] = []
  private var places: [Range<Int>?] = []

  init(_ values: [SQLValue]) {
    for value in values {
      let start = bytes.count
      switch value {
      case .null: types.append(0)
      case .integer(let number):
        types.append(TypeID.int8)
        append(UInt64(bitPattern: number))
      case .real(let number):
        types.append(TypeID.float8)
        append(number.bitPattern)
      case .text(let text):
        types.append(TypeID.text)
        bytes += NULText.stored(text)
      case .blob(let blob):
        types.append(TypeID.bytea)
        bytes += blob
      }
      places.append(value == .null ? nil : start..<bytes.count)
    }
    // An address for values without bytes: a null pointer would be NULL.
    bytes.append(0)
  }

  private mutating func append(_ number: UInt64) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }

  func lend<Result>(_ body: (Lent) -> Result) -> Result {
    bytes.withUnsafeBytes { raw in
      let start = raw.bindMemory(to: CChar.self).baseAddress
      return body(
        Lent(
          count: Int32(places.count), types: types,
          values: places.map { place in place.flatMap { range in start.map { $0 + range.lowerBound } } },
          lengths: places.map { Int32($0?.count ?? 0) },
          formats: places.map { _ in 1 }))
    }
  }
}

/// The types of PostgreSQL that this driver reads and writes, by `pg_type.oid`.
enum TypeID {
  static let bool: Oid = 16
  static let bytea: Oid = 17
  static let int8: Oid = 20
  static let int2: Oid = 21
  static let int4: Oid = 23
  static let text: Oid = 25
  static let oid: Oid = 26
  static let float4: Oid = 700
  static let float8: Oid = 701
  static let numeric: Oid = 1700
  static let void: Oid = 2278
  static let jsonb: Oid = 3802
}
