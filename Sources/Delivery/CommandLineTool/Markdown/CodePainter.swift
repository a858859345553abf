/// Colours code line by line: words of the language, texts, comments and numbers.
///
/// It knows languages by a few words and signs, not by their grammar: a colour may be wrong, the code never is.
struct CodePainter: Equatable {
  private enum Style: String {
    case word = "35"
    case text = "32"
    case comment = "2"
    case number = "33"
  }

  private let words: Set<String>
  private let comments: [String]
  private let hasBlockComments: Bool
  private var isInComment = false

  /// - Parameter language: what stands behind the fence; one that is not known is shown without colours.
  init(language: String) {
    let name =
      language.split { !$0.isLetter && !$0.isNumber && $0 != "+" && $0 != "#" }.first.map(String.init) ?? ""
    let family = Self.families.first { $0.names.contains(name) }
    words = family?.words ?? []
    comments = family?.comments ?? []
    hasBlockComments = family?.hasBlockComments ?? false
  }

  /// A line, its end included, with colours.
  mutating func paint(_ line: ArraySlice<Unicode.Scalar>) -> String {
    var rest = line
    var painted = ""
    while let first = rest.first {
      if isInComment {
        painted += take(&rest, while: length(toEndOfComment: rest), .comment)
      } else if hasBlockComments, starts(rest, "/*") {
        isInComment = true
      } else if first == "\n" {
        painted.unicodeScalars.append(first)
        rest.removeFirst()
      } else if comments.contains(where: { starts(rest, $0) }) {
        painted += take(
          &rest, while: rest.firstIndex(of: "\n").map { $0 - rest.startIndex } ?? rest.count, .comment)
      } else if !words.isEmpty, first == "\"" || first == "'" || first == "`" {
        painted += take(&rest, while: length(ofText: rest), .text)
      } else if Self.isWord(first) {
        let length = rest.prefix(while: Self.isWord).count
        let word = Self.text(rest.prefix(length))
        let style: Style? =
          words.contains(word) ? .word : words.isEmpty || !("0"..."9").contains(first) ? nil : .number
        painted += take(&rest, while: length, style)
      } else {
        painted.unicodeScalars.append(first)
        rest.removeFirst()
      }
    }
    return painted
  }

  private func take(
    _ rest: inout ArraySlice<Unicode.Scalar>, while count: Int, _ style: Style?
  ) -> String {
    let text = Self.text(rest.prefix(count))
    rest = rest.dropFirst(count)
    guard let style, !text.isEmpty else { return text }
    let body = text.hasSuffix("\n") ? String(text.dropLast()) : text
    return "\u{1B}[\(style.rawValue)m\(body)\u{1B}[0m" + (body.count == text.count ? "" : "\n")
  }

  private mutating func length(toEndOfComment rest: ArraySlice<Unicode.Scalar>) -> Int {
    var index = rest.startIndex
    while index < rest.endIndex {
      if starts(rest[index...], "*/"), index > rest.startIndex || !starts(rest, "/*") {
        isInComment = false
        return index - rest.startIndex + 2
      }
      index += 1
    }
    return rest.count
  }

  private func length(ofText rest: ArraySlice<Unicode.Scalar>) -> Int {
    let quote = rest[rest.startIndex]
    var index = rest.startIndex + 1
    while index < rest.endIndex, rest[index] != "\n" {
      if rest[index] == "\\" {
        index += 1
      } else if rest[index] == quote {
        return index - rest.startIndex + 1
      }
      index += 1
    }
    return min(index, rest.endIndex) - rest.startIndex
  }

  private func starts(_ rest: ArraySlice<Unicode.Scalar>, _ mark: String) -> Bool {
    rest.starts(with: mark.unicodeScalars)
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}

extension CodePainter {
  private struct Family {
    let names: Set<String>
    let words: Set<String>
    let comments: [String]
    var hasBlockComments = false
  }

  private static func words(_ text: String) -> Set<String> {
    Set(text.split(separator: " ").map(String.init))
  }

  private static let families: [Family] = [
    Family(
      names: ["python", "py", "python3"],
      words: words(
        "and as assert async await break class continue def del elif else except False finally for from global if "
          + "import in is lambda None nonlocal not or pass raise return True try while with yield match case"),
      comments: ["#"]),
    Family(
      names: ["bash", "sh", "shell", "zsh", "console", "fish"],
      words: words(
        "if then else elif fi for while until do done case esac function in return local export set unset source exit"
      ), comments: ["#"]),
    Family(
      names: ["yaml", "yml", "toml", "ini", "dockerfile", "makefile", "ruby", "rb", "r", "perl"],
      words: words(
        "true false null yes no on off FROM RUN COPY CMD ENV def end class module if else elsif unless while do return"
      ), comments: ["#"]),
    Family(
      names: ["sql", "lua", "haskell", "hs"],
      words: words(
        "SELECT FROM WHERE INSERT INTO UPDATE DELETE JOIN LEFT ON AS AND OR NOT NULL CREATE TABLE INDEX ORDER BY GROUP "
          + "LIMIT VALUES SET select from where insert into update delete join left on as and or not null create "
          + "table order by group limit function end then local return if else for while do"),
      comments: ["--"]),
    Family(
      names: [
        "swift", "c", "cpp", "c++", "h", "objc", "java", "kotlin", "go", "rust", "rs", "js", "javascript",
        "ts",
        "typescript", "tsx", "jsx", "cs", "c#", "csharp", "php", "scala", "dart", "zig", "css", "json",
        "jsonc",
      ],
      words: words(
        "func fn def let var const val struct class enum protocol interface trait impl extension import package module "
          + "use using public private internal protected static final override return if else switch case default "
          + "for while do in of break continue guard defer throw throws try catch async await new delete this self "
          + "Self super nil null undefined true false int long float double char bool boolean string String void "
          + "unsigned signed auto match mut pub where type typedef typealias function export from go chan map range "
          + "extends implements yield namespace template operator"),
      comments: ["//"], hasBlockComments: true),
  ]
}
