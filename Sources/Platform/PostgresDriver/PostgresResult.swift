import CPostgres
import SQLAccess

/// What a statement led to: the only owner of its `PGresult`.
final class PostgresResult {
  private let handle: OpaquePointer
  private lazy var columns = Row.Columns(
    (0..<PQnfields(handle)).map { PQfname(handle, $0).map { String(cString: $0) } ?? "" })

  init(_ handle: OpaquePointer) {
    self.handle = handle
  }

  deinit { PQclear(handle) }

  var count: Int { Int(PQntuples(handle)) }

  /// Rows that were changed, or found.
  var changed: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

  /// Why it failed; nil where it did not.
  func failure(_ sql: RenderedSQL) -> SQLError? {
    switch PQresultStatus(handle) {
    case PGRES_BAD_RESPONSE, PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR:
      SQLError(postgresResult: handle, sql)
    case PGRES_EMPTY_QUERY: SQLError(.syntax, "the statement is empty", statement: sql.text)
    default: nil
    }
  }

  func row(_ index: Int) -> Row {
    Row(columns: columns, values: (0..<Int32(columns.names.count)).map { value(Int32(index), $0) })
  }

  private func value(_ row: Int32, _ column: Int32) -> SQLValue {
    guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column) else {
      return .null
    }
    let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, row, column)))
    switch PQftype(handle, column) {
    case TypeID.bool: return .integer(bytes.first == 1 ? 1 : 0)
    case TypeID.int2, TypeID.int4, TypeID.int8: return .integer(Self.number(bytes, isSigned: true))
    case TypeID.oid: return .integer(Self.number(bytes, isSigned: false))
    case TypeID.float4:
      return .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: Self.number(bytes)))))
    case TypeID.float8: return .real(Double(bitPattern: UInt64(bitPattern: Self.number(bytes))))
    case TypeID.bytea: return .blob(Array(bytes))
    case TypeID.numeric: return Numeric(bytes)?.value ?? .null
    case TypeID.void: return .null
    // Its first byte is the version of its form.
    case TypeID.jsonb: return .text(String(decoding: bytes.dropFirst(), as: UTF8.self))
    default: return .text(NULText.read(bytes))
    }
  }

  private static func number(_ bytes: UnsafeRawBufferPointer, isSigned: Bool = true) -> Int64 {
    var number: Int64 = isSigned && (bytes.first ?? 0) > 127 ? -1 : 0
    for byte in bytes { number = number << 8 | Int64(byte) }
    return number
  }
}

/// PostgreSQL's decimal number: what its sums of 64-bit numbers are.
private struct Numeric {
  let value: SQLValue

  /// Nil for what is no number, and for one that no value can hold.
  init?(_ bytes: UnsafeRawBufferPointer) {
    let words = stride(from: 0, to: bytes.count - 1, by: 2).map {
      UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
    }
    guard words.count >= 4, words.count == 4 + Int(words[0]), words[2] == 0 || words[2] == 0x4000 else {
      return nil
    }
    let weight = Int(Int16(bitPattern: words[1]))
    let isNegative = words[2] == 0x4000
    let digits = words[4...].map(Int64.init)
    if digits.count <= weight + 1, let whole = Self.whole(digits, weight, isNegative) {
      value = .integer(whole)
      return
    }
    var real = 0.0
    for (place, digit) in digits.enumerated() {
      var part = Double(digit)
      for _ in 0..<abs(weight - place) { if weight > place { part *= 10_000 } else { part /= 10_000 } }
      real += part
    }
    value = .real(isNegative ? -real : real)
  }

  private static func whole(_ digits: [Int64], _ weight: Int, _ isNegative: Bool) -> Int64? {
    var number: Int64 = 0
    for place in 0..<max(0, weight + 1) {
      let (shifted, tooLarge) = number.multipliedReportingOverflow(by: 10_000)
      let (next, over) = shifted.subtractingReportingOverflow(place < digits.count ? digits[place] : 0)
      if tooLarge || over { return nil }
      number = next
    }
    // Counted below zero, where there is room for one more.
    return isNegative ? number : number == .min ? nil : -number
  }
}

// A result belongs to the thread of its connection.
@available(*, unavailable)
extension PostgresResult: Sendable {}
