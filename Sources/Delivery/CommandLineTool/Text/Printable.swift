/// Makes text from elsewhere harmless for a terminal: what would move the cursor, colour the screen or set
/// its title is shown instead of obeyed.
enum Printable {
  /// For one line: line breaks and tabs are shown as well.
  static func line(_ text: String) -> String { escape(text) { _ in false } }

  /// For running text: line breaks and tabs stay.
  static func text(_ text: String) -> String { escape(text) { $0 == "\n" || $0 == "\t" } }

  /// Whether the bytes are text; the rest is nothing for a terminal.
  private static func escape(_ text: String, keep: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: { isUnsafe($0) && !keep($0) }) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if keep(scalar) || !isUnsafe(scalar) {
        shown.append(scalar)
      } else {
        shown.append(contentsOf: name(scalar).unicodeScalars)
      }
    }
    return String(shown)
  }

  /// C0, DEL, C1, and the marks that turn the direction of writing (they can disguise a name).
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C: true
    default: false
    }
  }

  private static func name(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
}
