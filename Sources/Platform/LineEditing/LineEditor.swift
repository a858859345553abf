import CEdit
import Glibc

/// Lets a person type and change a line on the process's own terminal, with a history and completion.
///
/// A line break within the text (Alt-Enter, Ctrl-J, or pasted) is shown as `␤`. A long pasted text is shown as one
/// word, and is whole in what `read` returns. For one thread at a time: `read` blocks.
package final class LineEditor {
  package enum Typed: Equatable, Sendable {
    case line(String)
    /// Ctrl-C: what was typed is gone.
    case interrupted
    /// Ctrl-D on an empty line, or no terminal any more.
    case end
  }

  private let handle: OpaquePointer
  private let past: OpaquePointer
  fileprivate var keys: KeyReader
  private var promptText: [CChar] = [0]
  fileprivate let complete: (String) -> [String]

  /// Nil where there is no terminal that lines can be edited on.
  ///
  /// - Parameters:
  ///   - waker: what ends a `read` from elsewhere.
  ///   - complete: the whole words that may stand at the cursor, for the text before it.
  package init?(waker: LineWaker, complete: @escaping (String) -> [String]) {
    let terminal = getenv("TERM").map { String(cString: $0) } ?? "dumb"
    guard isatty(STDIN_FILENO) == 1, terminal != "dumb", !terminal.isEmpty else { return nil }
    let showsOnErrors = isatty(STDERR_FILENO) == 1
    guard showsOnErrors || isatty(STDOUT_FILENO) == 1 else { return nil }
    // Without a locale of UTF-8 the library would take a Chinese character for several.
    setlocale(LC_CTYPE, "")
    if String(cString: nl_langinfo(Int32(CODESET))) != "UTF-8" { setlocale(LC_CTYPE, "C.UTF-8") }
    guard let handle = luthier_edit_start(showsOnErrors ? 1 : 0) else { return nil }
    guard let past = history_init() else {
      el_end(handle)
      return nil
    }
    self.handle = handle
    self.past = past
    self.complete = complete
    keys = KeyReader(waker: waker, output: showsOnErrors ? STDERR_FILENO : STDOUT_FILENO)
    luthier_history_limit(past, 1000)
    luthier_edit_emacs(handle)
    luthier_edit_owner(handle, Unmanaged.passUnretained(self).toOpaque())
    luthier_edit_prompt(handle) { owner($0).promptPointer }
    luthier_edit_reader(handle) { owner($0).readKey(into: $1) }
    luthier_edit_history(handle, past)
    luthier_edit_command(handle, "luthier-complete", "Complete the word") { line, _ in
      owner(line).completeWord()
    }
    luthier_edit_bind(handle, "\t", "luthier-complete")
    luthier_edit_bind(handle, "^R", "em-inc-search-prev")
    luthier_edit_bind(handle, "\u{1B}[3~", "ed-delete-next-char")
    luthier_edit_bind(handle, "\u{1B}[1;5D", "vi-prev-word")
    luthier_edit_bind(handle, "\u{1B}[1;5C", "vi-next-word")
  }

  deinit {
    el_end(handle)
    history_end(past)
  }

  /// The next text that is typed behind `prompt`.
  ///
  /// - Parameter prompt: colours in it stand between two `\u{1}`.
  package func read(prompt: String) -> Typed {
    promptText = Array(prompt.utf8CString)
    keys.begin()
    defer { keys.end() }
    // Before the prompt is shown, which the library does first: a Ctrl-D that is typed in between would be lost.
    luthier_edit_prepare(handle)
    var count: Int32 = 0
    guard let text = el_gets(handle, &count), count > 0 else {
      defer { keys.isInterrupted = false }
      return keys.isInterrupted ? .interrupted : .end
    }
    var line = String(cString: text)
    if line.last?.isNewline == true { line.removeLast() }
    return .line(keys.whole(line))
  }

  /// Makes a text one that can be brought back with the arrow keys.
  package func remember(_ text: String) {
    luthier_history_add(past, LineBreaks.shown(text))
  }

  private var promptPointer: UnsafeMutablePointer<CChar> {
    // The library copies it before anything else can change it.
    promptText.withUnsafeMutableBufferPointer { $0.baseAddress! }
  }

  private func readKey(into place: UnsafeMutablePointer<wchar_t>?) -> Int32 {
    switch keys.next() {
    case .scalar(let scalar):
      place?.pointee = wchar_t(scalar.value)
      return 1
    case .resized:
      el_resize(handle)
      return readKey(into: place)
    case .resumed:
      luthier_edit_prepare(handle)
      luthier_edit_refresh(handle)
      return readKey(into: place)
    case .interrupted:
      // The library tells an end from a failure by this, and gives both back at once.
      errno = EINTR
      return -1
    case .end: return 0
    }
  }

  private func completeWord() -> UInt8 {
    guard let line = el_line(handle), let begin = line.pointee.buffer, let cursor = line.pointee.cursor else {
      return UInt8(CC_ERROR)
    }
    let before = String(
      decoding: UnsafeBufferPointer(start: begin, count: cursor - begin).map { UInt8(bitPattern: $0) },
      as: UTF8.self)
    let word = before.split(separator: " ", omittingEmptySubsequences: false).last.map(String.init) ?? ""
    let found = complete(before).filter { $0.hasPrefix(word) }
    guard let first = found.first else { return UInt8(CC_ERROR) }
    let common = found.dropFirst().reduce(first) { commonPrefix($0, $1) }
    let rest = common.dropFirst(word.count) + (found.count == 1 ? " " : "")
    if !rest.isEmpty {
      el_insertstr(handle, String(rest))
      return UInt8(CC_REFRESH)
    }
    keys.show("\n" + found.prefix(60).joined(separator: "  ") + (found.count > 60 ? " …" : "") + "\n")
    return UInt8(CC_REDISPLAY)
  }

  private func commonPrefix(_ left: String, _ right: String) -> String {
    String(zip(left, right).prefix { $0 == $1 }.map(\.0))
  }
}

/// The editor a callback of the library belongs to.
private func owner(_ line: OpaquePointer?) -> LineEditor {
  Unmanaged<LineEditor>.fromOpaque(luthier_edit_owner_of(line)).takeUnretainedValue()
}
