import CMySQL
import SQLAccess

/// The columns of one result, and the memory into which a row's numbers are fetched.
///
/// Of texts only the length is fetched with the row; each is then copied into memory of its own size.
final class ResultColumns {
  private enum Kind {
    case integer(isUnsigned: Bool)
    case real
    case decimal
    case text
    case blob
  }

  /// What a fetch fills in for one column.
  private struct Slot {
    var number: UInt64 = 0
    var length: UInt = 0
    var isNull: my_bool = 0
    var isCut: my_bool = 0
  }

  /// The character set that means bytes.
  private static let binary: UInt32 = 63

  private let columns: Row.Columns
  private let kinds: [Kind]
  private let slots: UnsafeMutablePointer<Slot>

  init(_ statement: UnsafeMutablePointer<MYSQL_STMT>) {
    var (names, kinds): ([String], [Kind]) = ([], [])
    if let described = mysql_stmt_result_metadata(statement) {
      let fields = mysql_fetch_fields(described)
      for index in 0..<Int(mysql_num_fields(described)) {
        guard let field = fields?[index] else { continue }
        names.append(String(cString: field.name))
        kinds.append(Self.kind(of: field))
      }
      mysql_free_result(described)
    }
    (columns, self.kinds) = (Row.Columns(names), kinds)
    slots = .allocate(capacity: max(1, kinds.count))
    slots.initialize(repeating: Slot(), count: max(1, kinds.count))
  }

  deinit { slots.deallocate() }

  private static func kind(of field: MYSQL_FIELD) -> Kind {
    switch field.type {
    case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
      MYSQL_TYPE_YEAR:
      .integer(isUnsigned: field.flags & UInt32(UNSIGNED_FLAG) != 0)
    case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: .real
    // What sums of whole numbers are.
    case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: .decimal
    default: field.charsetnr == binary ? .blob : .text
    }
  }

  func bind(to statement: UnsafeMutablePointer<MYSQL_STMT>) -> Bool {
    let binds = UnsafeMutablePointer<MYSQL_BIND>.allocate(capacity: max(1, kinds.count))
    defer { binds.deallocate() }
    for (index, kind) in kinds.enumerated() {
      var bind = MYSQL_BIND()
      let slot = UnsafeMutableRawPointer(slots + index)
      bind.is_null = slot.advanced(by: MemoryLayout<Slot>.offset(of: \.isNull) ?? 0)
        .assumingMemoryBound(to: my_bool.self)
      bind.error = slot.advanced(by: MemoryLayout<Slot>.offset(of: \.isCut) ?? 0)
        .assumingMemoryBound(to: my_bool.self)
      bind.length = slot.advanced(by: MemoryLayout<Slot>.offset(of: \.length) ?? 0)
        .assumingMemoryBound(to: UInt.self)
      switch kind {
      case .integer(let isUnsigned):
        bind.buffer_type = MYSQL_TYPE_LONGLONG
        bind.is_unsigned = isUnsigned ? 1 : 0
        (bind.buffer, bind.buffer_length) = (slot, 8)
      case .real:
        bind.buffer_type = MYSQL_TYPE_DOUBLE
        (bind.buffer, bind.buffer_length) = (slot, 8)
      case .decimal, .text: bind.buffer_type = MYSQL_TYPE_STRING
      case .blob: bind.buffer_type = MYSQL_TYPE_BLOB
      }
      binds[index] = bind
    }
    return mysql_stmt_bind_result(statement, binds) == 0
  }

  /// The row that was fetched last.
  func row(of statement: UnsafeMutablePointer<MYSQL_STMT>) -> Row {
    Row(columns: columns, values: kinds.indices.map { value($0, of: statement) })
  }

  private func value(_ index: Int, of statement: UnsafeMutablePointer<MYSQL_STMT>) -> SQLValue {
    let slot = slots[index]
    guard slot.isNull == 0 else { return .null }
    switch kinds[index] {
    case .integer(let isUnsigned):
      if isUnsigned, slot.number > UInt64(Int64.max) { return .real(Double(slot.number)) }
      return .integer(Int64(bitPattern: slot.number))
    case .real: return .real(Double(bitPattern: slot.number))
    case .decimal:
      let text = String(decoding: bytes(index, of: statement), as: UTF8.self)
      return Int64(text).map { .integer($0) } ?? Double(text).map { .real($0) } ?? .null
    case .text: return .text(String(decoding: bytes(index, of: statement), as: UTF8.self))
    case .blob: return .blob(bytes(index, of: statement))
    }
  }

  private func bytes(_ index: Int, of statement: UnsafeMutablePointer<MYSQL_STMT>) -> [UInt8] {
    let count = Int(slots[index].length)
    guard count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var bind = MYSQL_BIND()
      var length: UInt = 0
      bind.buffer_type = MYSQL_TYPE_BLOB
      bind.buffer = UnsafeMutableRawPointer(buffer.baseAddress)
      bind.buffer_length = UInt(count)
      filled = withUnsafeMutablePointer(to: &length) { pointer in
        bind.length = pointer
        return mysql_stmt_fetch_column(statement, &bind, UInt32(index), 0) == 0 ? count : 0
      }
    }
  }
}

// A result belongs to the thread of its connection.
@available(*, unavailable)
extension ResultColumns: Sendable {}
