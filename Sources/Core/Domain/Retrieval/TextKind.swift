/// How a document is written, which says how it is read and where it may be cut.
package enum TextKind: String, Sendable, CaseIterable {
  case plain, markdown, html, code, pdf, word

  /// By the ending of the file's name; plain text where the ending says nothing.
  package init(filename: String) {
    let name = filename.lowercased()
    let ending = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? ""
    switch ending {
    case "md", "markdown", "mdx": self = .markdown
    case "html", "htm", "xhtml": self = .html
    case "pdf": self = .pdf
    case "docx": self = .word
    default: self = Self.codeEndings.contains(ending) ? .code : .plain
    }
  }

  /// Bytes of a document.
  ///
  /// Text is held in memory while it is cut; of the others most bytes are pictures and fonts.
  package var mostBytes: Int {
    switch self {
    case .pdf, .word: 256 << 20
    case .plain, .markdown, .html, .code: Self.mostText
    }
  }

  /// Bytes of text.
  package static let mostText = 16 << 20

  /// How its text is written once it was read.
  package var writtenAs: TextKind {
    switch self {
    case .html, .word: .markdown
    case .pdf: .plain
    default: self
    }
  }

  private static let codeEndings: Set<String> = [
    "c", "cc", "cpp", "cs", "css", "cu", "go", "h", "hpp", "ini", "java", "js", "json", "jsx", "kt", "lua",
    "m",
    "php", "pl", "proto", "py", "r", "rb", "rs", "scala", "sh", "sql", "swift", "toml", "ts", "tsx", "xml",
    "yaml",
    "yml",
  ]
}
