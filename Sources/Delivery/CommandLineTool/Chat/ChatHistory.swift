import Glibc

/// What a person has typed into chats, for the arrow keys: one line a text, newest last, for nobody else's eyes.
struct ChatHistory {
  private let path: String?
  private static let limit = 1000

  init(_ environment: [String: String]) {
    path = SmallFile.stateFolder(environment).map { $0 + "/chat_history" }
  }

  /// The newest texts, oldest first.
  func load() -> [String] {
    guard let path, let bytes = SmallFile.read(path, limit: 16 << 20) else { return [] }
    let lines = bytes.split(separator: 10)
    if lines.count > 2 * Self.limit { rewrite(Array(lines.suffix(Self.limit)), path) }
    return lines.suffix(Self.limit).map { Self.text(String(decoding: $0, as: UTF8.self)) }
  }

  /// In one write, so that two chats do not mix their lines.
  func add(_ text: String) {
    guard let path, text.utf8.count <= 65_536 else { return }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let bytes = Array(Self.line(text).utf8) + [10]
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }

  private func rewrite(_ lines: [ArraySlice<UInt8>], _ path: String) {
    let temporary = "\(path).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let bytes = lines.flatMap { $0 + [10] }
    let isWhole = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    close(descriptor)
    if !isWhole || rename(temporary, path) != 0 { unlink(temporary) }
  }

  static func line(_ text: String) -> String {
    text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
      .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
  }

  static func text(_ line: String) -> String {
    var text = ""
    var isEscaped = false
    for character in line {
      if isEscaped {
        text.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        text.append(character)
      }
    }
    return text
  }
}
