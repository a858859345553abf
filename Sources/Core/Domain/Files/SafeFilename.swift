/// A name for a user's file that is safe to join to a folder: one path component, and nothing a terminal, a header
/// or another system would take for more than a name.
///
/// 1 to 200 bytes of UTF-8, no "/", NUL or other control character, no leading dot. It is kept as it was sent:
/// composed and decomposed forms are not made one.
package struct SafeFilename: Hashable, Sendable, CustomStringConvertible {
  /// The longest name, in bytes of UTF-8; file systems take 255, and drafts and numbers need some of it.
  package static let limit = 200

  package let value: String

  package var description: String { value }

  /// The name as it was sent; nil where it is not safe.
  package init?(checking text: String) {
    let size = text.utf8.count
    guard (1...Self.limit).contains(size), !text.utf8.starts(with: [UInt8(ascii: ".")]) else { return nil }
    guard text.unicodeScalars.allSatisfy(Self.isPlain) else { return nil }
    value = text
  }

  private init(safe value: String) { self.value = value }

  /// A safe name as close to `text` as can be: the last path component, without what is not allowed.
  ///
  /// "file" when nothing is left. The extension survives shortening.
  package static func sanitized(_ text: String) -> SafeFilename {
    // Browsers of old sent whole Windows paths.
    let component =
      text.unicodeScalars.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    var plain = String(String.UnicodeScalarView(component.unicodeScalars.filter(isPlain)))
    while let first = plain.unicodeScalars.first, first == "." || first == " " {
      plain.unicodeScalars.removeFirst()
    }
    while plain.unicodeScalars.last == " " { plain.unicodeScalars.removeLast() }
    if plain.isEmpty { plain = "file" }
    let name = joined(plain, "")
    // A single character of more than 200 bytes leaves no stem.
    return SafeFilename(safe: name.isEmpty || name.hasPrefix(".") ? "file" + name : name)
  }

  /// `numbered("a.json", 2)` is "a (2).json"; no longer than a name may be.
  package static func numbered(_ text: String, _ number: Int) -> String {
    joined(text, " (\(number))")
  }

  /// The stem, shortened where it must be, then `insertion`, then the extension.
  private static func joined(_ text: String, _ insertion: String) -> String {
    var stem = text[...]
    var ending = text[text.endIndex...]
    if let dot = text.lastIndex(of: "."), dot != text.startIndex, text[dot...].utf8.count <= 20 {
      stem = text[..<dot]
      ending = text[dot...]
    }
    while stem.utf8.count + insertion.utf8.count + ending.utf8.count > limit, !stem.isEmpty {
      stem.removeLast()
    }
    return stem + insertion + ending
  }

  /// Whether a character is only itself: no separator, no control, no direction override, no line break.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "/" || scalar == "\u{FFFD}" { return false }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
    case .format: return scalar == "\u{200C}" || scalar == "\u{200D}"  // joiners: parts of words and of emoji
    default: return true
    }
  }
}
