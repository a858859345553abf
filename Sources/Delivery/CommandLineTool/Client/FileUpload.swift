import Glibc
import HTTPFetching
import HTTPWire
import Synchronization

/// A file on its way as the one part of a form: read piece by piece as the connection takes it.
final class FileUpload: Sendable {
  let size: Int64
  private let prologue: [UInt8]
  private let epilogue: [UInt8]
  private let boundary: String
  private let path: String
  private let state: Mutex<State>
  private let onProgress: @Sendable (Int64) -> Void

  private struct State {
    var descriptor: Int32
    var sent: Int64 = 0
    var stage = Stage.prologue
  }

  private enum Stage { case prologue, file, epilogue, end }

  private static let piece = 256 * 1024

  /// Opens the file; `onProgress` gets the bytes of the file that were handed over.
  init(path: String, onProgress: @escaping @Sendable (Int64) -> Void) throws(CommandFailure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CommandFailure(.failed, "\(path) cannot be read: \(systemError()).", code: "no_such_file")
    }
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw CommandFailure(.failed, "\(path) is not a file.", code: "no_such_file")
    }
    self.path = path
    self.onProgress = onProgress
    size = Int64(information.st_size)
    boundary = "luthier-" + (0..<4).map { _ in String(UInt32.random(in: 0 ... .max), radix: 16) }.joined()
    let name = path.split(separator: "/").last.map(String.init) ?? path
    prologue = Array(
      ("--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; \(Self.filename(name))\r\n"
        + "Content-Type: application/octet-stream\r\n\r\n").utf8)
    epilogue = Array("\r\n--\(boundary)--\r\n".utf8)
    state = Mutex(State(descriptor: descriptor))
  }

  deinit { state.withLock { _ = close($0.descriptor) } }

  var contentType: String { "multipart/form-data; boundary=\(boundary)" }

  /// The form; it can be sent once.
  var body: FetchRequest.Body {
    .stream(length: Int64(prologue.count) + size + Int64(epilogue.count)) { try self.next() }
  }

  // Reads on the client's own loop: it has nothing else to do than this transfer.
  private func next() throws(CommandFailure) -> [UInt8]? {
    try state.withLock { state throws(CommandFailure) in
      switch state.stage {
      case .prologue:
        state.stage = size == 0 ? .epilogue : .file
        return prologue
      case .file:
        let bytes = try read(state.descriptor, at: state.sent)
        state.sent += Int64(bytes.count)
        if state.sent == size { state.stage = .epilogue }
        onProgress(state.sent)
        return bytes
      case .epilogue:
        state.stage = .end
        return epilogue
      case .end: return nil
      }
    }
  }

  private func read(_ descriptor: Int32, at offset: Int64) throws(CommandFailure) -> [UInt8] {
    let wanted = Int(min(Int64(Self.piece), size - offset))
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, wanted, off_t(offset)))
    }
    guard !bytes.isEmpty else {
      throw CommandFailure(.failed, "\(path) became shorter while it was sent.", code: "file_changed")
    }
    return bytes
  }

  /// The name as a parameter: quoted where that is safe, else encoded (RFC 8187).
  private static func filename(_ name: String) -> String {
    let isPlain = name.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 32 && scalar.value != 127 && scalar != "\"" && scalar != "\\"
    }
    return isPlain
      ? "filename=\"\(name)\"" : "filename=\"file\"; filename*=UTF-8''\(PercentCoding.encode(name))"
  }
}
