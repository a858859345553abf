import CPage

/// The web page's files, as `Web/build.cjs` packed them.
///
/// The pack is a line that names the format, then each file as six fields: path, content type, hash, and the
/// bytes as they are, in gzip's and in brotli's form. Before each field stands its length, four bytes, least
/// first. A compressed form that was not smaller is empty.
package struct PageFiles: Sendable {
  /// One file.
  package struct File: Sendable {
    /// Such as `index.html` and `assets/main-2BRFVBHO.js`.
    package let path: String
    package let contentType: String
    /// The beginning of its SHA-256, in hexadecimal.
    package let hash: String
    package let bytes: [UInt8]
    /// Nil where it would not be smaller.
    package let gzip: [UInt8]?
    /// Nil where it would not be smaller.
    package let brotli: [UInt8]?
  }

  package let files: [File]

  static let format = "luthier page 1\n"

  /// The page that was built into this program; nil where it was built without one.
  ///
  /// Throws where the pack is damaged.
  package static func builtIn() throws(PagePackError) -> PageFiles? {
    let size = cpage_size()
    guard size > 0 else { return nil }
    return try PageFiles(pack: Array(UnsafeBufferPointer(start: cpage_bytes(), count: size)))
  }

  /// Reads a pack.
  package init(pack: [UInt8]) throws(PagePackError) {
    guard pack.starts(with: Self.format.utf8) else { throw .otherFormat }
    var fields = FieldReader(pack[Self.format.utf8.count...])
    var files: [File] = []
    while !fields.isAtEnd {
      files.append(
        File(
          path: try fields.text(), contentType: try fields.text(), hash: try fields.text(),
          bytes: try fields.bytes(), gzip: try fields.bytes().nilIfEmpty,
          brotli: try fields.bytes().nilIfEmpty))
    }
    self.files = files
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
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func bytes() throws(PagePackError) -> [UInt8] {
    guard rest.count >= 4 else { throw .cutOff }
    let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    rest = rest.dropFirst(4)
    guard length <= rest.count else { throw .cutOff }
    defer { rest = rest.dropFirst(length) }
    return Array(rest.prefix(length))
  }

  mutating func text() throws(PagePackError) -> String {
    guard let text = String(validating: try bytes(), as: UTF8.self) else { throw .noText }
    return text
  }
}

extension [UInt8] {
  fileprivate var nilIfEmpty: [UInt8]? { isEmpty ? nil : self }
}
