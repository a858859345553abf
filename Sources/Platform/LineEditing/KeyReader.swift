import Glibc

/// Makes characters of what a terminal sends, and keeps pasted texts from being taken for typed ones.
struct KeyReader {
  enum Key: Equatable {
    case scalar(Unicode.Scalar)
    case interrupted
    case resized
    case resumed
    case end
  }

  let waker: LineWaker
  let output: Int32
  var isInterrupted = false
  private var bytes: [UInt8] = []
  private var ready: [Unicode.Scalar] = []
  private var pasted: [(shown: String, text: String)] = []

  init(waker: LineWaker, output: Int32) {
    self.waker = waker
    self.output = output
  }

  /// From here on the terminal marks what is pasted.
  mutating func begin() {
    isInterrupted = false
    pasted = []
    while waker.next() != nil {}
    show("\u{1B}[?2004h")
  }

  mutating func end() { show("\u{1B}[?2004l") }

  /// The line with its breaks, and with what was pasted in place of the words that stood for it.
  func whole(_ line: String) -> String {
    var whole = LineBreaks.meant(line)
    for paste in pasted { whole = replaced(paste.shown, by: paste.text, in: whole) }
    return whole
  }

  func show(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
  }

  mutating func next() -> Key {
    while true {
      if !ready.isEmpty { return .scalar(ready.removeFirst()) }
      if bytes.isEmpty, let other = fill(timeout: -1) { return other }
      switch bytes.removeFirst() {
      case 0x1B: escape()
      // Ctrl-J; Enter comes as a line feed.
      case 0x0D: return .scalar(LineBreaks.mark)
      case let byte where byte < 0x80: return .scalar(Unicode.Scalar(byte))
      case let byte: return .scalar(character(after: byte))
      }
    }
  }

  /// Waits for more bytes; what came instead of them, or nil.
  private mutating func fill(timeout: Int32) -> Key? {
    while true {
      var waiting = [
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
        pollfd(fd: waker.reading, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&waiting, 2, timeout)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return .end }
      if timeout < 0, waiting[1].revents != 0, let wake = waker.next() {
        switch wake {
        case .interrupted:
          isInterrupted = true
          return .interrupted
        case .resized: return .resized
        case .resumed: return .resumed
        }
      }
      guard waiting[0].revents != 0 else {
        if timeout < 0 { continue }
        return .end
      }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let length = read(STDIN_FILENO, &buffer, buffer.count)
      if length < 0, errno == EINTR || errno == EAGAIN { continue }
      if length <= 0 { return .end }
      bytes += buffer.prefix(length)
      return nil
    }
  }

  /// What stands behind an escape: Alt-Enter, a pasted text, or a key that the library knows.
  private mutating func escape() {
    if bytes.isEmpty { _ = fill(timeout: 25) }
    if bytes.first == 0x0A || bytes.first == 0x0D {
      bytes.removeFirst()
      ready.append(LineBreaks.mark)
    } else if bytes.starts(with: Self.pasteBegins) {
      bytes.removeFirst(Self.pasteBegins.count)
      paste()
    } else {
      ready.append("\u{1B}")
      // The rest of the key at once, so that its bytes are not taken for other keys.
      while let byte = bytes.first, byte >= 0x20, byte < 0x7F, ready.count < 8 {
        ready.append(Unicode.Scalar(byte))
        bytes.removeFirst()
        if byte >= 0x40, byte != UInt8(ascii: "["), byte != UInt8(ascii: "O") { break }
      }
    }
  }

  private mutating func paste() {
    var text: [UInt8] = []
    while true {
      if bytes.isEmpty, let other = fill(timeout: 2000) {
        if other == .end { break }
        continue
      }
      text.append(bytes.removeFirst())
      if text.last == UInt8(ascii: "~"), text.suffix(Self.pasteEnds.count) == Self.pasteEnds[...] {
        text.removeLast(Self.pasteEnds.count)
        break
      }
    }
    let clean = Self.clean(String(decoding: text, as: UTF8.self))
    let lines = clean.split(separator: "\n", omittingEmptySubsequences: false).count
    guard lines > 10 || clean.unicodeScalars.count > 1000 else {
      ready += LineBreaks.shown(clean).unicodeScalars
      return
    }
    let shown = "[pasted text \(pasted.count + 1): \(lines) line\(lines == 1 ? "" : "s")]"
    pasted.append((shown, clean))
    ready += shown.unicodeScalars
  }

  /// Line breaks are one sign, tabs are blanks, and nothing is left that a terminal would obey.
  static func clean(_ text: String) -> String {
    var clean = String.UnicodeScalarView()
    var last: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\r": clean.append("\n")
      case "\n": if last != "\r" { clean.append("\n") }
      case "\t": clean.append(contentsOf: "    ".unicodeScalars)
      case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value): break
      default: clean.append(scalar)
      }
      last = scalar
    }
    return String(clean)
  }

  private mutating func character(after first: UInt8) -> Unicode.Scalar {
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
    var text = [first]
    while text.count < length {
      if bytes.isEmpty, fill(timeout: 100) != nil { break }
      guard let byte = bytes.first, byte & 0xC0 == 0x80 else { break }
      text.append(byte)
      bytes.removeFirst()
    }
    return String(decoding: text, as: UTF8.self).unicodeScalars.first ?? "\u{FFFD}"
  }

  private func replaced(_ mark: String, by text: String, in whole: String) -> String {
    guard let place = whole.firstRange(of: mark) else { return whole }
    return whole.replacingCharacters(in: place, with: text)
  }

  private static let pasteBegins = Array("[200~".utf8)
  private static let pasteEnds = Array("\u{1B}[201~".utf8)
}

extension String {
  fileprivate func replacingCharacters(in place: Range<Index>, with text: String) -> String {
    self[..<place.lowerBound] + text + self[place.upperBound...]
  }
}
