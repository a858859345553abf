import Glibc

/// The files of a folder that an index may take: what has text that can be read, by the endings of their names.
struct DocumentFolder {
  /// By name.
  private(set) var files: [File] = []
  /// Files that were left out because of their names' endings, by name: somebody may miss them.
  private(set) var leftOut: [String] = []

  struct File: Equatable {
    /// Where it lies.
    let path: String
    /// What it is called in the index: its path below what was named.
    let name: String
    let size: Int64
  }

  /// Looks at `path`, a file or a folder; links and what begins with a dot are left out.
  ///
  /// A file that was named itself is taken whatever its name. Throws for what is not there.
  init(at path: String) throws(CommandFailure) {
    var information = stat()
    guard stat(path, &information) == 0 else {
      throw CommandFailure(.failed, "\(path) cannot be read: \(systemError()).", code: "no_such_file")
    }
    let plain = path == "/" ? path : String(path[...].trimmedSlashes)
    if information.st_mode & S_IFMT == S_IFREG {
      let name = plain.split(separator: "/").last.map(String.init) ?? plain
      files = [File(path: path, name: name, size: Int64(information.st_size))]
      return
    }
    try collect(plain, name: "", depth: 0)
    files.sort { $0.name < $1.name }
    leftOut.sort()
  }

  private mutating func collect(_ folder: String, name: String, depth: Int) throws(CommandFailure) {
    guard depth < 32, let stream = opendir(folder) else {
      throw CommandFailure(.failed, "\(folder) cannot be read: \(systemError()).", code: "no_such_file")
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let word = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !word.hasPrefix(".") else { continue }
      let (path, inner) = ("\(folder)/\(word)", name.isEmpty ? word : "\(name)/\(word)")
      var information = stat()
      guard lstat(path, &information) == 0 else { continue }
      switch information.st_mode & S_IFMT {
      case S_IFDIR where !Self.skipped.contains(word):
        try collect(path, name: inner, depth: depth + 1)
      case S_IFREG where information.st_size > 0:
        if Self.isText(word) {
          files.append(File(path: path, name: inner, size: Int64(information.st_size)))
        } else {
          leftOut.append(inner)
        }
      default: break
      }
    }
  }

  private static let skipped: Set<String> = [
    "node_modules", "__pycache__", "build", "dist", "target", "venv",
  ]

  private static func isText(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return ["README", "LICENSE", "Makefile"].contains(name) }
    return endings.contains(String(name[name.index(after: dot)...]).lowercased())
  }

  private static let endings: Set<String> = [
    "md", "markdown", "mdx", "txt", "text", "rst", "adoc", "org", "tex", "html", "htm", "xhtml", "csv", "tsv",
    "log", "pdf", "docx",
    "c", "cc", "cpp", "cs", "css", "cu", "go", "h", "hpp", "ini", "java", "js", "json", "jsx", "kt", "lua",
    "m", "php",
    "pl", "proto", "py", "r", "rb", "rs", "scala", "sh", "sql", "swift", "toml", "ts", "tsx", "xml", "yaml",
    "yml",
  ]
}

extension Substring {
  fileprivate var trimmedSlashes: Substring {
    var rest = self
    while rest.count > 1, rest.last == "/" { rest.removeLast() }
    return rest
  }
}
