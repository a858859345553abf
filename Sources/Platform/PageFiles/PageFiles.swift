import CPage

/// The web page's files, as `Web/build.cjs` packed them.
///
/// The pack is a line that names the format, then each file as six fields: path, content type, hash, and the
/// bytes as they are, in gzip's and in brotli's form. Before each field stands its length, four bytes, least
/// first. A compressed form that was not smaller is empty.
package struct PageFiles: Sendable {
  /// One file; its bytes are copied out of the pack when they are asked for, so that a page nobody looks at takes no
  /// memory.
  package struct File: Sendable {
    /// Such as `index.html` and `assets/main-2BRFVBHO.js`.
    package let path: String
    package let contentType: String
    /// The beginning of its SHA-256, in hexadecimal.
    package let hash: String
    package var bytes: [UInt8] { pack.copy(whole) }
    /// Nil where it would not be smaller.
    package var gzip: [UInt8]? { zipped.isEmpty ? nil : pack.copy(zipped) }
    /// Nil where it would not be smaller.
    package var brotli: [UInt8]? { pressed.isEmpty ? nil : pack.copy(pressed) }

    fileprivate let pack: PagePack
    fileprivate let whole: Range<Int>
    fileprivate let zipped: Range<Int>
    fileprivate let pressed: Range<Int>
  }

  package let files: [File]

  static let format = "luthier page 1\n"

  /// The page that was built into this program; nil where it was built without one.
  ///
  /// Throws where the pack is damaged.
  package static func builtIn() throws(PagePackError) -> PageFiles? {
    try cpage_size() > 0 ? PageFiles(.carried) : nil
  }

  /// Reads a pack.
  package init(pack: [UInt8]) throws(PagePackError) { try self.init(.given(pack)) }

  private init(_ pack: PagePack) throws(PagePackError) {
    guard pack.count >= Self.format.utf8.count,
      pack.copy(0..<Self.format.utf8.count).elementsEqual(Self.format.utf8)
    else { throw .otherFormat }
    var fields = FieldReader(pack: pack, position: Self.format.utf8.count)
    var files: [File] = []
    while !fields.isAtEnd {
      files.append(
        File(
          path: try fields.text(), contentType: try fields.text(), hash: try fields.text(), pack: pack,
          whole: try fields.next(), zipped: try fields.next(), pressed: try fields.next()))
    }
    self.files = files
  }
}

/// The bytes of a pack, where they lie.
private enum PagePack: Sendable {
  /// In the program.
  case carried
  case given([UInt8])

  var count: Int {
    switch self {
    case .carried: cpage_size()
    case .given(let bytes): bytes.count
    }
  }

  /// - Parameter range: within the pack.
  func copy(_ range: Range<Int>) -> [UInt8] {
    switch self {
    case .carried:
      Array(
        UnsafeBufferPointer(rebasing: UnsafeBufferPointer(start: cpage_bytes(), count: cpage_size())[range]))
    case .given(let bytes): Array(bytes[range])
    }
  }
}

/// Why a pack cannot be read.
package enum PagePackError: Error, Equatable {
  /// It does not begin as a pack does.
  case otherFormat
  /// A field goes on behind the end.
  case cutOff
  /// A field that is a text is none.
  case noText
}

private struct FieldReader {
  let pack: PagePack
  var position: Int

  var isAtEnd: Bool { position == pack.count }

  /// Where the next field stands.
  mutating func next() throws(PagePackError) -> Range<Int> {
    guard pack.count - position >= 4 else { throw .cutOff }
    let length = pack.copy(position..<position + 4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = position + 4
    guard length <= pack.count - start else { throw .cutOff }
    position = start + length
    return start..<position
  }

  mutating func text() throws(PagePackError) -> String {
    guard let text = String(validating: pack.copy(try next()), as: UTF8.self) else { throw .noText }
    return text
  }
}
