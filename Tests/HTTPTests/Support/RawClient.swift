import EventLoop
import Glibc

/// A client that sends exactly the bytes it is told to.
final class RawClient: Sendable {
  struct Unconnected: Error {}

  let reader: PipeReader
  private let writer: PipeWriter
  private let descriptor: Int32

  init(port: UInt16, loop: EventLoop) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 {
      close(descriptor)
      throw Unconnected()
    }
    self.descriptor = descriptor
    reader = PipeReader(descriptor: descriptor, loop: loop, highMark: 64 * 1024)
    writer = PipeWriter(descriptor: dup(descriptor), loop: loop)
  }

  func send(_ text: String) async throws { try await writer.write(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws { try await writer.write(bytes) }

  /// Connects to a local socket.
  init(path: String, loop: EventLoop) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 {
      close(descriptor)
      throw Unconnected()
    }
    self.descriptor = descriptor
    reader = PipeReader(descriptor: descriptor, loop: loop, highMark: 64 * 1024)
    writer = PipeWriter(descriptor: dup(descriptor), loop: loop)
  }

  /// Each send becomes a packet.
  func sendsAtOnce() {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Says that nothing more will be sent; still reads.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Leaves without a word.
  func leave() {
    reader.close()
    writer.close()
  }

  /// Everything until the server closes.
  func readAll() async throws -> String {
    var bytes: [UInt8] = []
    do { while let chunk = try await reader.next() { bytes += chunk } } catch is EventLoopError {
      // Reset by the server: what came before it counts.
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads until `text` has appeared, and returns all that came.
  func read(until text: String) async throws -> String {
    var bytes = ""
    while !bytes.contains(text) {
      guard let chunk = try await reader.next() else { break }
      bytes += String(decoding: chunk, as: UTF8.self)
    }
    return bytes
  }
}
