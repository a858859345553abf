import CMySQL
import SQLAccess

/// Values as libmariadb is lent them, in one piece of memory.
struct Parameters {
  private let values: [SQLValue]
  private var bytes: [UInt8] = []
  private var places: [Range<Int>] = []

  init(_ values: [SQLValue]) {
    self.values = values
    for value in values {
      let start = bytes.count
      switch value {
      case .null: break
      case .integer(let number): withUnsafeBytes(of: number) { bytes += $0 }
      case .real(let number): withUnsafeBytes(of: number) { bytes += $0 }
      case .text(let text): bytes += text.utf8
      case .blob(let blob): bytes += blob
      }
      places.append(start..<bytes.count)
    }
    // An address for values without bytes.
    bytes.append(0)
  }

  func lend<Result>(_ body: (UnsafeMutablePointer<MYSQL_BIND>) -> Result) -> Result {
    var bytes = bytes
    return bytes.withUnsafeMutableBytes { raw in
      let binds = UnsafeMutablePointer<MYSQL_BIND>.allocate(capacity: max(1, values.count))
      defer { binds.deallocate() }
      for (index, value) in values.enumerated() {
        var bind = MYSQL_BIND()
        bind.buffer_type =
          switch value {
          case .null: MYSQL_TYPE_NULL
          case .integer: MYSQL_TYPE_LONGLONG
          case .real: MYSQL_TYPE_DOUBLE
          case .text: MYSQL_TYPE_STRING
          case .blob: MYSQL_TYPE_BLOB
          }
        bind.buffer = raw.baseAddress.map { $0 + places[index].lowerBound }
        bind.buffer_length = UInt(places[index].count)
        bind.length_value = UInt(places[index].count)
        binds[index] = bind
      }
      return body(binds)
    }
  }
}
