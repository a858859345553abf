import EventLoop
import Glibc

/// A client that sends exactly the bytes it is told to.
final class RawClient: Sendable {
  let reader: PipeReader
  private let writer: PipeWriter
  private let descriptor: Int32

  init(port: UInt16, loop: EventLoop) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.descriptor = descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      throw Unusable("the server does not accept connections")
    }
    reader = PipeReader(descriptor: descriptor, loop: loop, highMark: 64 * 1024)
    writer = PipeWriter(descriptor: dup(descriptor), loop: loop)
  }

  /// Sends what the server will take; it may answer and close before the end.
  func send(_ bytes: [UInt8]) async { try? await writer.write(bytes) }
  func send(_ text: String) async { await send(Array(text.utf8)) }

  /// Says that nothing more will be sent; still reads.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

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
}

extension TestServer {
  /// One request on a connection of its own, its head written as it is; the answer's status and all.
  func raw(_ request: String) async throws -> (status: Int, text: String) {
    let client = try RawClient(port: port, loop: loops.loops[0])
    await client.send(request)
    let text = try await client.readAll()
    client.leave()
    let words = text.prefix(32).split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0, text)
  }
}
