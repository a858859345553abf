import Glibc

/// The person's own editor, on a file that nobody else can read.
struct EditorProgram: Sendable {
  private let console: Console

  init(_ console: Console) { self.console = console }

  /// What the person made of the text.
  ///
  /// Ctrl-C is the editor's while it runs.
  func edit(_ text: String) async throws -> String {
    let words = (console.variable("VISUAL") ?? console.variable("EDITOR") ?? "vi")
      .split(separator: " ").map(String.init)
    var name = Array("\(console.variable("TMPDIR") ?? "/tmp")/luthier-XXXXXX.md".utf8CString)
    let descriptor = mkstemps(&name, 3)
    guard descriptor >= 0, !words.isEmpty else {
      throw CommandFailure(.failed, "No file for the editor could be made: \(systemError()).")
    }
    let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    let status = await console.interrupts.handled(by: {}) { Self.run(words + [path]) }
    guard status == 0 else {
      throw CommandFailure(
        .failed, "The editor \(words[0]) ended with \(status).",
        hint: "Set VISUAL or EDITOR to the one you use.")
    }
    var edited = String(decoding: SmallFile.read(path, limit: 4 << 20) ?? [], as: UTF8.self)
    while edited.last?.isNewline == true { edited.removeLast() }
    return edited
  }

  private static func run(_ words: [String]) -> Int32 {
    let arguments = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    guard posix_spawnp(&child, words[0], nil, nil, arguments + [nil], environ) == 0 else { return 127 }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }
}
