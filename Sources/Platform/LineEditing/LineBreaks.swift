/// Texts of several lines as one line that can be edited.
package enum LineBreaks {
  static let mark: Unicode.Scalar = "\u{2424}"

  /// `a␤b`.
  package static func shown(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where scalar != "\r" { shown.append(scalar == "\n" ? mark : scalar) }
    return String(shown)
  }

  /// With line breaks where marks stand.
  package static func meant(_ line: String) -> String {
    var meant = String.UnicodeScalarView()
    for scalar in line.unicodeScalars { meant.append(scalar == mark ? "\n" : scalar) }
    return String(meant)
  }
}
