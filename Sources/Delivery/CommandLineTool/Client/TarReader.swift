/// Reads a tar archive of plain files as it comes: the old heads, and the longer names and sizes of pax.
///
/// Whatever else an archive may hold (links, devices, what another tar understands) is refused: who unpacks gets
/// nothing but files.
struct TarReader {
  enum Event: Equatable {
    case file(name: String, size: Int64)
    case data([UInt8])
    case fileEnd
  }

  struct Problem: Error, Equatable {
    let text: String
  }

  private enum State {
    case head
    /// A pax record that says something of the next file.
    case words(left: Int64, padding: Int64)
    case data(left: Int64, padding: Int64)
    case padding(Int64)
    case end
  }

  private static let block = 512
  private static let wordsLimit: Int64 = 65_536

  private var state = State.head
  private var pending: [UInt8] = []
  private var words: [UInt8] = []
  private var name: String?
  private var size: Int64?

  /// Whether the archive's own end has come.
  var isComplete: Bool {
    if case .end = state { return true }
    return false
  }

  mutating func feed(_ bytes: [UInt8]) throws(Problem) -> [Event] {
    var events: [Event] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      switch state {
      case .end: return events
      case .head:
        let taken = rest.prefix(Self.block - pending.count)
        pending += taken
        rest = rest.dropFirst(taken.count)
        guard pending.count == Self.block else { break }
        try begin(pending, &events)
        pending = []
      case .words(let left, let padding):
        let taken = rest.prefix(Int(min(left, Int64(rest.count))))
        words += taken
        rest = rest.dropFirst(taken.count)
        state = .words(left: left - Int64(taken.count), padding: padding)
        guard taken.count == left else { break }
        try understand()
        state = padding > 0 ? .padding(padding) : .head
      case .data(let left, let padding):
        let taken = rest.prefix(Int(min(left, Int64(rest.count))))
        events.append(.data(Array(taken)))
        rest = rest.dropFirst(taken.count)
        state = .data(left: left - Int64(taken.count), padding: padding)
        guard taken.count == left else { break }
        events.append(.fileEnd)
        state = padding > 0 ? .padding(padding) : .head
      case .padding(let left):
        let count = min(left, Int64(rest.count))
        rest = rest.dropFirst(Int(count))
        state = count == left ? .head : .padding(left - count)
      }
    }
    return events
  }

  private mutating func begin(_ head: [UInt8], _ events: inout [Event]) throws(Problem) {
    if head.allSatisfy({ $0 == 0 }) {
      state = .end
      return
    }
    // The sum counts its own field as blanks.
    let sum = head.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
    guard try Self.number(head[148..<156]) == Int64(sum) else { throw Problem(text: "a damaged head") }
    let length = try Self.number(head[124..<136])
    switch head[156] {
    case UInt8(ascii: "x"):
      guard length <= Self.wordsLimit else { throw Problem(text: "a head that is too long") }
      words = []
      state = length > 0 ? .words(left: length, padding: -length & 511) : .head
    case UInt8(ascii: "0"), 0:
      let prefix = Self.text(head[345..<500])
      let own = (prefix.isEmpty ? "" : prefix + "/") + Self.text(head[0..<100])
      let size = size ?? length
      guard size >= 0 else { throw Problem(text: "a size below zero") }
      events.append(.file(name: name ?? own, size: size))
      name = nil
      self.size = nil
      if size == 0 { events.append(.fileEnd) }
      state = size > 0 ? .data(left: size, padding: -size & 511) : .head
    default: throw Problem(text: "something that is not a file")
    }
  }

  /// Records of pax: "LENGTH KEY=VALUE\n", the length counting all of it.
  private mutating func understand() throws(Problem) {
    var rest = words[...]
    while !rest.isEmpty {
      guard let blank = rest.firstIndex(of: 32), let count = Int(Self.text(rest[..<blank])),
        count > blank - rest.startIndex + 1, count <= rest.count
      else { throw Problem(text: "a damaged head") }
      let record = Self.text(rest[(blank + 1)..<(rest.startIndex + count - 1)])
      rest = rest.dropFirst(count)
      guard let equals = record.firstIndex(of: "=") else { throw Problem(text: "a damaged head") }
      let value = String(record[record.index(after: equals)...])
      switch record[..<equals] {
      case "path": name = value
      case "size":
        guard let number = Int64(value) else { throw Problem(text: "a damaged head") }
        size = number
      default: break  // times and owners
      }
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func number(_ field: ArraySlice<UInt8>) throws(Problem) -> Int64 {
    let digits = field.drop { $0 == 32 }.prefix { $0 != 32 && $0 != 0 }
    guard !digits.isEmpty, let number = Int64(String(decoding: digits, as: UTF8.self), radix: 8) else {
      throw Problem(text: "a damaged head")
    }
    return number
  }
}
