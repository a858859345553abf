import CSystem
package import Concurrency
import Glibc
import HTTPWire

/// An open regular file to be sent; closed when the last reference is gone.
package final class FileBody: Sendable {
  /// The file's size in bytes when it was opened.
  package let size: Int64
  private let descriptor: Int32

  /// Takes over an open descriptor of a regular file.
  package init(descriptor: Int32, size: Int64) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { close(descriptor) }

  /// Opens a regular file; a symbolic link in the last place is refused.
  ///
  /// Throws `HTTPError` with code `.fileUnavailable`: 404 when there is no such file, else 500.
  package static func open(path: String, on pool: BlockingPool) async throws -> FileBody {
    try await pool.run {
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else {
        let isMissing = errno == ENOENT || errno == ENOTDIR || errno == ELOOP
        throw unavailable(isMissing ? .notFound : .internalServerError)
      }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw unavailable(.notFound)
      }
      return FileBody(descriptor: descriptor, size: Int64(status.st_size))
    }
  }

  /// Reads up to `count` bytes at `offset`; blocks.
  ///
  /// Empty at the end of the file.
  func read(at offset: Int64, count: Int) throws -> [UInt8] {
    var done = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      done = csystem_pread(descriptor, buffer.baseAddress, count, offset)
      filled = max(0, done)
    }
    if done < 0 { throw Self.unavailable(.internalServerError) }
    return bytes
  }

  /// Hands up to `count` bytes at `offset` to a socket within the kernel, as many as it takes; may wait for the disk.
  ///
  /// `isFull` says that the socket took no more. Throws `ResponseAborted` where the file ended before, or the client
  /// is gone.
  func send(to socket: SocketCopy, at offset: Int64, count: Int64) throws -> (sent: Int64, isFull: Bool) {
    var sent: Int64 = 0
    while sent < count {
      let done = csystem_sendfile(socket.descriptor, descriptor, offset + sent, Int(count - sent))
      if done == -Int(EAGAIN) { return (sent, true) }
      if done <= 0 { throw ResponseAborted() }
      sent += Int64(done)
    }
    return (sent, false)
  }

  private static func unavailable(_ status: HTTPStatus) -> HTTPError {
    HTTPError(status, .fileUnavailable, status == .notFound ? "no such file" : "the file cannot be read")
  }
}
