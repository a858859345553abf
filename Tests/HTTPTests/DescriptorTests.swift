import Glibc
import HTTPServing
import Testing

/// A process without a descriptor left, which is a child of the tests: they all would go without.
struct DescriptorTests {
  @Test func `who comes while no descriptor is left is told 503, and the next one is served`() async throws {
    await #expect(processExitsWith: .success) {
      try await LiveServer.run(handler: { _ in .text("served") }) { live in
        let clients = (0..<3).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        var limit = rlimit(rlim_cur: 256, rlim_max: 256)
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { exit(2) }
        var taken: [Int32] = []
        while case let descriptor = dup(clients[0]), descriptor >= 0 { taken.append(descriptor) }
        guard errno == EMFILE, taken.count > 100 else { exit(3) }
        for client in clients.dropFirst() {
          guard Self.answer(client, live.port).hasPrefix("HTTP/1.1 503 ") else { exit(4) }
        }
        for descriptor in taken { close(descriptor) }
        guard Self.answer(clients[0], live.port).hasSuffix("served") else { exit(5) }
      }
    }
  }

  /// Connects, asks, and waits for all that is said: with the one descriptor that is there.
  private static func answer(_ client: Int32, _ port: UInt16) -> String {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { return "" }
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    _ = request.utf8CString.withUnsafeBytes {
      send(client, $0.baseAddress, $0.count - 1, Int32(MSG_NOSIGNAL))
    }
    var text = ""
    var bytes = [UInt8](repeating: 0, count: 4096)
    while case let count = recv(client, &bytes, bytes.count, 0), count > 0 {
      text += String(decoding: bytes[..<count], as: UTF8.self)
    }
    return text
  }
}
