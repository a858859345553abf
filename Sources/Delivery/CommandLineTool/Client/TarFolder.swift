import Glibc

/// An archive's files in a folder that appears under its name when all are there, and not at all before.
///
/// The archive's own folder is left away. Names that would lead elsewhere are refused; the folder is new, so that
/// nothing in it leads elsewhere either.
final class TarFolder {
  private let path: String
  private let temporary: String
  private var reader = TarReader()
  private var descriptor: Int32 = -1
  /// What was made, in the order it was made.
  private var made: [String] = []
  private var isFinished = false

  init(_ path: String) throws(CommandFailure) {
    self.path = path
    temporary = "\(path).\(getpid()).part"
    var about = stat()
    if lstat(path, &about) == 0 { throw Self.exists(path) }
    guard mkdir(temporary, 0o777) == 0 else { throw Self.unwritable(path) }
    made = [temporary]
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if isFinished { return }
    for name in made.reversed() where unlink(name) != 0 { rmdir(name) }
  }

  func write(_ bytes: [UInt8]) throws(CommandFailure) {
    let events: [TarReader.Event]
    do throws(TarReader.Problem) {
      events = try reader.feed(bytes)
    } catch {
      throw Self.refused(error.text)
    }
    for event in events {
      switch event {
      case .file(let name, _): try open(name)
      case .data(let bytes): try put(bytes)
      case .fileEnd:
        if close(descriptor) != 0 { throw Self.unwritable(path) }
        descriptor = -1
      }
    }
  }

  func finish() throws(CommandFailure) {
    guard reader.isComplete else { throw Self.refused("no end") }
    // A folder that came in the meantime is replaced only where it is empty.
    guard rename(temporary, path) == 0 else {
      throw [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) ? Self.exists(path) : Self.unwritable(path)
    }
    isFinished = true
  }

  private func open(_ name: String) throws(CommandFailure) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy {
      !$0.isEmpty && $0 != "." && $0 != ".." && !$0.unicodeScalars.contains { $0.value < 32 }
    }
    guard parts.count > 1, isPlain else { throw Self.refused("the name \(Printable.line(name))") }
    var place = temporary
    for part in parts.dropFirst().dropLast() {
      place += "/" + part
      if mkdir(place, 0o777) == 0 {
        made.append(place)
      } else if errno != EEXIST {
        throw Self.unwritable(path)
      }
    }
    place += "/" + (parts.last ?? "")
    descriptor = Glibc.open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw errno == EEXIST ? Self.refused("the name \(Printable.line(name)) twice") : Self.unwritable(path)
    }
    made.append(place)
  }

  private func put(_ bytes: [UInt8]) throws(CommandFailure) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { raw in
        raw.baseAddress.map { Glibc.write(descriptor, $0 + offset, bytes.count - offset) } ?? 0
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.unwritable(path) }
      offset += count
    }
  }

  private static func exists(_ path: String) -> CommandFailure {
    CommandFailure(.conflict, "\(path) is there already.", hint: "Name another folder with -o FOLDER.")
  }

  private static func unwritable(_ path: String) -> CommandFailure {
    CommandFailure(.failed, "\(path) cannot be written: \(systemError()).", code: "write_failed")
  }

  private static func refused(_ what: String) -> CommandFailure {
    CommandFailure(
      .failed, "The archive cannot be unpacked: it has \(what).", code: "bad_archive",
      hint: "Download it without --extract.")
  }
}
