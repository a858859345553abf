/// The name of a header field: compared without regard to case, written as it was given.
package struct HTTPFieldName: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  let text: String

  /// Nil when `text` is not a token, and so cannot be a field name.
  package init?(_ text: String) {
    guard Grammar.isToken(text.utf8) else { return nil }
    self.text = text
  }

  /// A literal name; a literal that is not a token is a mistake in the program and stops it.
  package init(stringLiteral text: String) {
    precondition(Grammar.isToken(text.utf8), "not a field name")
    self.text = text
  }

  package var description: String { text }
}

/// Header fields in their order, found without regard to case.
///
/// Held as one array of bytes, so that reading a request's head costs two allocations whatever the number of
/// fields. No line break and no NUL can get into a value: `add` writes a space in their place (RFC 9110
/// section 5.5).
package struct HTTPFields: Sendable, Sequence, ExpressibleByDictionaryLiteral {
  private struct Entry: Sendable {
    let nameStart: Int32
    let valueStart: Int32
    let end: Int32
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  package init() {}

  package init(dictionaryLiteral elements: (HTTPFieldName, String)...) {
    for (name, value) in elements { add(name, value) }
  }

  /// How many fields there are; a repeated name counts each time.
  package var count: Int { entries.count }
  package var isEmpty: Bool { entries.isEmpty }

  /// The first value of a field.
  ///
  /// Setting replaces every field of that name; nil removes them.
  package subscript(name: HTTPFieldName) -> String? {
    get { entries.first { matches($0, name) }.map(value) }
    set {
      remove(name)
      if let newValue { add(name, newValue) }
    }
  }

  /// All values of a field, in order.
  package func all(_ name: HTTPFieldName) -> [String] { entries.filter { matches($0, name) }.map(value) }

  /// Whether the field is there, with any value.
  package func contains(_ name: HTTPFieldName) -> Bool { entries.contains { matches($0, name) } }

  /// Whether a comma-separated field such as Connection or Vary holds `token`, without regard to case.
  package func contains(_ name: HTTPFieldName, token: String) -> Bool {
    all(name).contains { value in
      value.utf8.split(separator: UInt8(ascii: ",")).contains { part in
        let trimmed = part.drop { $0 == 32 || $0 == 9 }
        let end = trimmed.lastIndex { $0 != 32 && $0 != 9 }
        guard let end else { return false }
        return Grammar.equalIgnoringCase(trimmed[...end], token.utf8)
      }
    }
  }

  /// Adds a field after the others.
  ///
  /// A control character in the value (a line break, a NUL) becomes a space.
  package mutating func add(_ name: HTTPFieldName, _ value: String) {
    let start = bytes.count
    bytes.append(contentsOf: name.text.utf8)
    let middle = bytes.count
    bytes.append(contentsOf: value.utf8)
    for index in middle..<bytes.count where !Grammar.isFieldValue(bytes[index]) {
      bytes[index] = Grammar.space
    }
    entries.append(Entry(nameStart: Int32(start), valueStart: Int32(middle), end: Int32(bytes.count)))
  }

  /// Removes every field of that name.
  package mutating func remove(_ name: HTTPFieldName) { remove([name]) }

  /// Removes every field of those names.
  package mutating func remove(_ names: [HTTPFieldName]) {
    guard entries.contains(where: { entry in names.contains { matches(entry, $0) } }) else { return }
    var kept = HTTPFields()
    for entry in entries where !names.contains(where: { matches(entry, $0) }) {
      kept.addValidated(
        bytes[Int(entry.nameStart)..<Int(entry.valueStart)], bytes[Int(entry.valueStart)..<Int(entry.end)])
    }
    self = kept
  }

  /// Makes room at once for what a head of that many bytes holds.
  mutating func reserve(bytes count: Int) {
    bytes.reserveCapacity(count)
    entries.reserveCapacity(16)
  }

  /// Adds what a parser has checked already.
  mutating func addValidated(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    let middle = bytes.count
    bytes.append(contentsOf: value)
    entries.append(Entry(nameStart: Int32(start), valueStart: Int32(middle), end: Int32(bytes.count)))
  }

  /// Appends every field as `Name: value` lines.
  package func write(to output: inout [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      for entry in entries {
        let (name, value, end) = (Int(entry.nameStart), Int(entry.valueStart), Int(entry.end))
        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[name..<value]))
        output.append(UInt8(ascii: ":"))
        output.append(Grammar.space)
        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[value..<end]))
        output.append(Grammar.carriageReturn)
        output.append(Grammar.lineFeed)
      }
    }
  }

  package func makeIterator() -> some IteratorProtocol<(name: String, value: String)> {
    entries.lazy.map { entry in
      (
        name: String(decoding: bytes[Int(entry.nameStart)..<Int(entry.valueStart)], as: UTF8.self),
        value: value(entry)
      )
    }.makeIterator()
  }

  private func value(_ entry: Entry) -> String {
    String(decoding: bytes[Int(entry.valueStart)..<Int(entry.end)], as: UTF8.self)
  }

  private func matches(_ entry: Entry, _ name: HTTPFieldName) -> Bool {
    guard Int(entry.valueStart - entry.nameStart) == name.text.utf8.count else { return false }
    var text = name.text
    return text.withUTF8 { name in
      bytes.withUnsafeBufferPointer { stored in
        let start = Int(entry.nameStart)
        for index in name.indices
        where Grammar.lowercased(name[index]) != Grammar.lowercased(stored[start + index]) {
          return false
        }
        return true
      }
    }
  }
}
